import { Migrator } from "@mikro-orm/migrations";
import { defineConfig } from "@mikro-orm/postgresql";
import { Boat, Lock, Mooring } from "./src/entities.ts";

export default defineConfig({
  dbName: "waterways",
  entities: [Lock, Boat, Mooring],
  extensions: [Migrator],
  migrations: { path: "dist/migrations", pathTs: "src/migrations" },
});
