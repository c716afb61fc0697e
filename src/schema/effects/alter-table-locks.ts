import type { LockMode } from "../../postgres/lock-modes.ts";
import type { AlterTableCmd } from "../../sql/syntax.ts";
import { isFrom18, type Place } from "../place.ts";

/** Subcommands that do not go down to partitions and inheriting tables. */
const onlyItself = new Set<string>([
  "AT_AttachPartition",
  "AT_DetachPartition",
  "AT_DetachPartitionFinalize",
  "AT_AddInherit",
  "AT_DropInherit",
  "AT_SetLogged",
  "AT_SetUnLogged",
  "AT_SetTableSpace",
  "AT_SetAccessMethod",
  "AT_SetRelOptions",
  "AT_ResetRelOptions",
  "AT_ReplicaIdentity",
  "AT_EnableRowSecurity",
  "AT_DisableRowSecurity",
  "AT_ForceRowSecurity",
  "AT_NoForceRowSecurity",
  "AT_ClusterOn",
  "AT_DropCluster",
  "AT_ChangeOwner",
  "AT_AddOf",
  "AT_DropOf",
]);

/** Whether a subcommand goes down to partitions and inheriting tables, unless `ONLY` says otherwise. */
export const reachesDescendants = ({ subtype = "AT_AddColumn" }: AlterTableCmd): boolean => !onlyItself.has(subtype);

const lighter: Readonly<Record<string, LockMode>> = {
  AT_SetStatistics: "SHARE UPDATE EXCLUSIVE",
  AT_SetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ResetOptions: "SHARE UPDATE EXCLUSIVE",
  AT_ClusterOn: "SHARE UPDATE EXCLUSIVE",
  AT_DropCluster: "SHARE UPDATE EXCLUSIVE",
  AT_ValidateConstraint: "SHARE UPDATE EXCLUSIVE",
  AT_AttachPartition: "SHARE UPDATE EXCLUSIVE",
  AT_DetachPartitionFinalize: "SHARE UPDATE EXCLUSIVE",
  AT_EnableTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableAlwaysTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableReplicaTrig: "SHARE ROW EXCLUSIVE",
  AT_DisableTrig: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigAll: "SHARE ROW EXCLUSIVE",
  AT_EnableTrigUser: "SHARE ROW EXCLUSIVE",
  AT_DisableTrigUser: "SHARE ROW EXCLUSIVE",
};

const heavyOptions = new Set(["user_catalog_table", "security_barrier", "security_invoker", "check_option"]);

/** The lock that one subcommand of an `ALTER TABLE` takes on its table. */
export function commandMode({ subtype = "AT_AddColumn", def }: AlterTableCmd): LockMode {
  if (subtype === "AT_AddConstraint")
    return def && "Constraint" in def && def.Constraint.contype === "CONSTR_FOREIGN"
      ? "SHARE ROW EXCLUSIVE"
      : "ACCESS EXCLUSIVE";
  if (subtype === "AT_DetachPartition")
    return def && "PartitionCmd" in def && def.PartitionCmd.concurrent ? "SHARE UPDATE EXCLUSIVE" : "ACCESS EXCLUSIVE";
  if (subtype === "AT_SetRelOptions" || subtype === "AT_ResetRelOptions") {
    const options = def && "List" in def ? (def.List.items ?? []) : [];
    const heavy = options.some((option) => "DefElem" in option && heavyOptions.has(option.DefElem.defname ?? ""));
    return heavy ? "ACCESS EXCLUSIVE" : "SHARE UPDATE EXCLUSIVE";
  }
  return lighter[subtype] ?? "ACCESS EXCLUSIVE";
}

/** The lock that it takes on the partitions and inheriting tables below, where it goes down to them. */
export function descendantMode(command: AlterTableCmd, place: Pick<Place, "newestMajor">): LockMode {
  const { subtype, def } = command;
  const kind = subtype === "AT_AddConstraint" && def && "Constraint" in def ? (def.Constraint.contype ?? "") : "";
  // Before 18 the partitions of a new key are locked for the building of their indexes only.
  return buildsIndex.has(kind) && !isFrom18(place) ? "SHARE" : commandMode(command);
}

const buildsIndex = new Set<string>(["CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_EXCLUSION"]);
