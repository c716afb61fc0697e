import { defineEntity, p } from "@mikro-orm/postgresql";

export const Lock = defineEntity({
  name: "Lock",
  tableName: "locks",
  properties: {
    id: p.integer().primary(),
    name: p.string().unique(),
    riseCm: p.integer(),
    state: p.enum(["open", "closed", "draining"]).nativeEnumName("lock_state"),
  },
});

export const Boat = defineEntity({
  name: "Boat",
  tableName: "boats",
  properties: {
    id: p.integer().primary(),
    registration: p.string().length(12).unique(),
    lengthCm: p.integer(),
    draughtCm: p.integer(),
  },
});

export const Mooring = defineEntity({
  name: "Mooring",
  tableName: "moorings",
  properties: {
    id: p.integer().primary(),
    boat: () => p.manyToOne(Boat),
    above: () => p.manyToOne(Lock),
    since: p.datetime(),
    kind: p.enum(["visitor", "winter", "permanent"]).nativeEnumName("mooring_kind"),
  },
});
