import type { HistoryProblem, Revision } from "../../history.ts";

/** What a generated migration's file is called. */
export const generatedName: RegExp;

/** Files that could hold code that runs; declarations cannot. */
export const codeFile: RegExp;

/** The file cannot be read, parsed or loaded, for the reason that the message gives. */
export function unreadable(file: string, message: string, id?: string, line?: number): HistoryProblem;

/** Whether a file of this text names generated migrations beside it. */
export function listsOthers(text: string): boolean;

/** MikroORM would never run the file. `name` is its path below the folder of the migrations. */
export function ignored(file: string, name: string, glob: string): HistoryProblem;

/** MikroORM would never run the file, because the configuration lists classes, and not this one. */
export function unlisted(file: string): HistoryProblem;

/** MikroORM would run the file and fail, because there is no migration in it. */
export function holdsNoMigration(file: string): HistoryProblem;

/** MikroORM would run one of the file's classes and never the others; `line` is the second one's. */
export function holdsSeveral(file: string, names: readonly string[], id: string, line?: number): HistoryProblem;

/** Two files that MikroORM takes for the same migration. */
export function duplicate(first: string, second: string, id: string): HistoryProblem;

/** The revisions of a linear history, each with the one before it as its parent; `found` is in the order MikroORM runs them. */
export function chain(found: readonly Pick<Revision, "id" | "file" | "downgrade">[]): readonly Revision[];

/** A test beside a migration. */
export const testFile: RegExp;
