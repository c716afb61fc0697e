import { blockedBy } from "../postgres/blocked-by.ts";
import type { LockMode } from "../postgres/lock-modes.ts";
import { splitName } from "../schema/edit.ts";
import { tableNamed } from "../schema/schema.ts";
import { columnType, typeText } from "../schema/names.ts";
import { identifierText } from "../sql/identifier-text.ts";
import type { TypeName } from "../sql/syntax.ts";
import type { RuleSource, Step } from "./rule.ts";

/** How a key comes to a partitioned table, for which PostgreSQL refuses CONCURRENTLY and USING INDEX. */
export const keyOfPartitioned =
  "Add the key ONLY to the parent. In each partition build a unique index with CONCURRENTLY, make it a key there with USING INDEX, and attach it with ALTER INDEX … ATTACH PARTITION:";

/** `an ACCESS EXCLUSIVE lock on public.orders, which blocks reads and writes,`. The mode is the one that the statement takes. */
export function lockOn(step: Step, relation: string): string {
  return lockPhrase(step.effects.locks.get(relation) ?? "ACCESS EXCLUSIVE", relation);
}

/** The same for a mode that is known otherwise. */
export function lockPhrase(mode: LockMode, relation: string): string {
  return `${/^[AE]/.test(mode) ? "an" : "a"} ${mode} lock on ${relation}, which blocks ${blockedBy(mode)},`;
}

/** A relation as SQL writes it, by its qualified name. */
export const relationText = (name: string): string => splitName(name).map(identifierText).join(".");

/** Another relation in the schema that a statement names a relation by, as SQL writes it. */
export function siblingText(written: string, name: string): string {
  const schema = /^(?:"(?:[^"]|"")*"|[^."]+)\./.exec(written)?.[0] ?? "";
  return schema + identifierText(name);
}

/** How a statement begins, on one line: `ALTER TABLE boats ADD COLUMN …`. */
export function beginning(sql: string): string {
  const line = sql.slice(0, 400).replace(/\s+/g, " ");
  return `\`${line.length > 60 ? `${line.slice(0, line.lastIndexOf(" ", 60)).trimEnd()} …` : line}\``;
}

/** A page of PostgreSQL's manual. */
export function manual(page: string, section: string): RuleSource {
  const [file, anchor] = page.split("#");
  return {
    url: `https://www.postgresql.org/docs/18/${file}.html${anchor === undefined ? "" : `#${anchor}`}`,
    section,
    version: "18",
  };
}

/** A type as the statement wrote it. */
export function typeOf(typeName: TypeName | undefined): string {
  return typeName ? typeText(columnType(typeName)) : "text";
}

/** Whether a table is known to be partitioned. */
export function isPartitioned(step: Step, relation: string): boolean {
  return tableNamed(step.schema, relation)?.variety === "partitioned";
}

/** Whether an `ALTER TABLE` is about the partitioned table `ONLY`: what it adds there waits for the partitions to have theirs. */
export function isOnlyParent(step: Step, relation: string): boolean {
  return "AlterTableStmt" in step.node && !step.node.AlterTableStmt.relation?.inh && isPartitioned(step, relation);
}

/** A statement of more lines than this is not shown once more. */
export const longestShown = 4;

/** So many names are read where it does not matter which; more are counted. */
export const fewNamed = 3;
