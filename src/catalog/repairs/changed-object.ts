import type { CatalogObject } from "../catalog.ts";

/** An object that changed, and which of its attributes did. */
export interface ChangedObject {
  readonly before: CatalogObject;
  readonly after: CatalogObject;
  readonly attributes: readonly string[];
}
