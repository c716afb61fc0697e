import { Migrator } from "@mikro-orm/migrations";
import { defineConfig } from "@mikro-orm/postgresql";
import { Boat, Lock, Mooring } from "./src/entities.ts";

export default defineConfig({
  dbName: "waterways",
  entities: [Lock, Boat, Mooring],
  extensions: [Migrator],
  // One transaction for all would wait for the index that is built outside of it, for ever.
  migrations: { path: "dist/migrations", pathTs: "src/migrations", allOrNothing: false },
});
