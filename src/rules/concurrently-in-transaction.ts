import { outsideTransaction, outsideTransactionKinds } from "../schema/outside-transaction.ts";
import type { Rule } from "./rule.ts";
import { manual } from "./words.ts";

export const rule: Rule = {
  id: "concurrently-in-transaction",
  title: "PostgreSQL refuses this inside a transaction",
  severity: "error",
  effect: {
    consequence:
      "The migration fails. A message of several statements is one transaction too, even without BEGIN, and many tools wrap every migration in one.",
  },
  remedy: "Put the statement alone into a migration, and tell the tool to run that outside a transaction.",
  source: manual("sql-createindex#SQL-CREATEINDEX-CONCURRENTLY", "CREATE INDEX, Building Indexes Concurrently"),
  detectedBy: "both",
  hazards: ["cic-in-transaction", "cic-implicit-transaction-multi-statement", "drop-database"],
  statements: outsideTransactionKinds,
  *check(step, { apartSince }) {
    const what = outsideTransaction(step.node);
    if (what === undefined) return;
    if (!step.transaction && apartSince !== undefined)
      yield {
        message: `${what} cannot run inside a transaction. ${apartSince} is the first that sends it apart from the rest of its file; an older one makes one transaction of all, and PostgreSQL refuses it.`,
        help: "Move the statement to a migration of its own, which every version runs, or require that version in package.json.",
        severity: "warning",
      };
    if (!step.transaction) return;
    const why = {
      tool: "the migration tool runs this migration in one",
      file: "a BEGIN before it began one",
      implicit: "it is sent together with other statements, which PostgreSQL makes one",
    }[step.transaction.kind];
    // A lone first statement of an implicit transaction passes; so does nothing else.
    yield {
      message: `${what} cannot run inside a transaction, and ${why}. PostgreSQL refuses it.`,
      help: "Move the statement to a migration of its own that the tool runs outside a transaction.",
      sqlState: "25001",
    };
  },
};
