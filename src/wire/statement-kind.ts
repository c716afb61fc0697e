import { type TransactionControl, transactionControl } from "../sql/transaction-boundary.ts";
import { mentionedIn } from "./called-code.ts";
import { mayMakeDeferrable, mayPutOff } from "./deferrable.ts";
import { mayReadLevel } from "./message-level.ts";
import { definesHandler, mayTakeBack } from "./exception-handlers.ts";
import { type NamedTables, namedTables } from "./named-tables.ts";
import type { Node } from "./parse-node.ts";
import { type TransactionPlace, placeOf, sessionNodes, sourceMatches } from "./transaction-place.ts";

/** What the wire must know about a statement before it sends it. */
export interface StatementKind {
  /** The type of its parse tree, for example `AlterTableStmt`. */
  readonly node: string;
  readonly place: TransactionPlace;
  /** Of a `committing` one: the name of the procedure that it calls, whose source may say that it does not. */
  readonly calls?: string;
  /** How it decides about transactions, if it does. */
  readonly control?: TransactionControl;
  /**
   * Where its evidence can be asked for in its transaction: `backend`. `observer`: only from outside, as a query of
   * ours would fix the transaction's snapshot before the client's own first one does. `nothing`: it locks no relation.
   */
  readonly asked: "backend" | "observer" | "nothing";
  /** Whether the server has things to say at `DEBUG1` about it. */
  readonly talkative: boolean;
  /** Whether it could tell that the server was asked to say more, as far as its text says. */
  readonly notices: boolean;
  /** Whether it runs code of the database or of its own, as far as its text says. */
  readonly runsCode: boolean;
  /** Whether the client sends data after it. */
  readonly copiesIn: boolean;
  /** Whether it changes nothing that others could see before its transaction ends: it begins one, or reads by the text of it. */
  readonly reads: boolean;
  /** Whether it may rename or move relations without a lock on them that shows, or runs code that does. */
  readonly sweeping: boolean;
  /** Whether it is code that may take a part of its work back: what that part had locked is not held when it ends. */
  readonly undoes: boolean;
  /** Whether it takes rights to functions away. */
  readonly revokes: boolean;
  /** Whether it makes a function or a new way to call one, or changes who may. */
  readonly definesCode: boolean;
  /** Whether it may make a function that takes a part of its work back, or a new way to call one. */
  readonly definesHandler: boolean;
  /** Whether it commits the transaction it comes in, or prepares it. */
  readonly commits: boolean;
  /** Whether it may put something off to the end of its transaction; and whether it may make a constraint that does. */
  readonly putsOff: boolean;
  readonly makesDeferrable: boolean;
  /** Whether it may open a cursor WITH HOLD, whose rows are read when its transaction commits. */
  readonly holdsCursor: boolean;
  /** Whether it needs a database that nobody else is connected to. */
  readonly exclusive: boolean;
  /** The tables that it names, where its text says that it reaches no others. */
  readonly tables?: NamedTables | undefined;
}

/** Of the above, those that read or lock relations, after a snapshot of their own. */
const askedInSession = new Set(["DeclareCursorStmt", "FetchStmt", "PrepareStmt"]);

const exclusiveNodes = new Set(["CreatedbStmt", "DropdbStmt", "AlterDatabaseStmt"]);

/** Code, and what drops, creates or moves more than it names. */
const sweepingNodes = new Set([
  "DoStmt",
  "CallStmt",
  "ExecuteStmt",
  "CreateExtensionStmt",
  "AlterExtensionStmt",
  "AlterObjectSchemaStmt",
  "CreateSchemaStmt",
  "ImportForeignSchemaStmt",
]);

const dataNodes = new Set([
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "CopyStmt",
  "ExplainStmt",
  "ExecuteStmt",
  "ListenStmt",
]);

/** They make functions, and what calls functions in a way of its own: aggregates, operators and their classes, event triggers. */
const definingNodes = new Set([
  "CreateFunctionStmt",
  "DefineStmt",
  "CreateOpClassStmt",
  "AlterOpFamilyStmt",
  "CreateRangeStmt",
  "CreateEventTrigStmt",
  "AlterEventTrigStmt",
]);

/** They run code, or queries that call it. */
const runningNodes = new Set(["DoStmt", "CallStmt", "CreateTableAsStmt", "RefreshMatViewStmt"]);

/** Classifies one statement of a parse tree; `sql` is its text. */
export function statementKind(statement: Node, sql: string): StatementKind {
  const [node = "", body] = Object.entries(statement)[0] ?? [];
  const fields = (body ?? {}) as Node;
  const control = node === "TransactionStmt" ? transactionControl(fields) : undefined;
  const place = placeOf(node, fields);
  const mentioned = mentionedIn(fields);
  const notices = place === "session" || mayReadLevel(sql);
  return {
    node,
    place,
    ...(node === "CallStmt" && { calls: calledName(fields) }),
    ...(control && { control }),
    asked:
      node === "LockStmt"
        ? "observer"
        : (sessionNodes.has(node) && !askedInSession.has(node)) || isAboutCode(node, fields)
          ? "nothing"
          : "backend",
    notices,
    runsCode: runningNodes.has(node) || (node === "SelectStmt" && mentioned.callsUserCode),
    talkative: !notices && (!dataNodes.has(node) || (node === "SelectStmt" && mentioned.calls)),
    copiesIn: node === "CopyStmt" && fields["is_from"] === true && fields["filename"] === undefined,
    reads:
      control === "begin" ||
      (node === "SelectStmt" && !mentioned.mayRunCode && !mentioned.changesRows && !mentioned.keepsRows),
    sweeping:
      place === "outside" ||
      place === "committing" ||
      sweepingNodes.has(node) ||
      fields["renameType"] === "OBJECT_SCHEMA" ||
      (node === "SelectStmt" && mentioned.mayRunCode),
    undoes: node === "DoStmt" && sourceMatches(fields, mayTakeBack),
    definesCode: definingNodes.has(node) || isAboutCode(node, fields),
    revokes: isAboutCode(node, fields) && fields["is_grant"] !== true,
    definesHandler: definesHandler(node, sql, { runs: node === "SelectStmt" && mentioned.callsUserCode }),
    commits: node === "TransactionStmt" && /^TRANS_STMT_(?:COMMIT|PREPARE)$/.test(String(fields["kind"])),
    putsOff: mayPutOff(node, mentioned),
    makesDeferrable: mayMakeDeferrable(node, mentioned, sql),
    holdsCursor: (node === "DeclareCursorStmt" || runsText(node)) && saysWithHold(sql),
    exclusive: exclusiveNodes.has(node),
    tables: namedTables(node, fields, sql),
  };
}

/** Whether it gives or takes rights to functions; after that a question of ours may be refused. */
function isAboutCode(node: string, fields: Node): boolean {
  return node === "GrantStmt" && /^OBJECT_(?:FUNCTION|PROCEDURE|ROUTINE|SCHEMA)$/.test(String(fields["objtype"]));
}

/** Whether it runs what its text holds as code. */
const runsText = (node: string): boolean => node === "DoStmt" || node === "SelectStmt" || node === "CallStmt";

/** In two looks: one for both would look through what follows each `WITH` anew. */
function saysWithHold(sql: string): boolean {
  const at = sql.search(/\bwith\b/i);
  return at >= 0 && /\bhold\b/i.test(sql.slice(at));
}

function calledName(fields: Node): string {
  const call = fields["funccall"] as {
    readonly funcname?: readonly { readonly String?: { readonly sval?: string } }[];
  };
  return call.funcname?.at(-1)?.String?.sval ?? "";
}
