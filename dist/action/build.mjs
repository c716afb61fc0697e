import { dirname as $dirname } from "node:path";
import { fileURLToPath as $fileURLToPath } from "node:url";
const __filename = $fileURLToPath(import.meta.url);
const __dirname = $dirname(__filename);
import { t as require_build } from "./testcontainers.mjs";

export default require_build();

export {  };