import { expect, it } from "vitest";
import { afterEnd, atSavepoint, courseOf, type Course } from "../../src/sql/course.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { savepointCommand, type SavepointCommand } from "../../src/sql/savepoints.ts";
import { settingOf, type Setting } from "../../src/sql/setting.ts";
import { nothingTold, tell } from "../../src/sql/told.ts";

await loadParser();

/** What is said for the session, and for the transaction, after these. */
function saidAfter(...sent: readonly string[]): readonly (readonly string[])[] {
  const end = sent.reduce((course: Course, sql) => {
    if (sql === "COMMIT") return afterEnd(course, "committed");
    if (sql === "ROLLBACK") return afterEnd(course, "rolled back");
    const command = savepointCommand(sql);
    if (command) return atSavepoint(course, command satisfies SavepointCommand, []).course;
    return { ...course, told: tell(course.told, settingOf(sql) as Setting) };
  }, courseOf(nothingTold));
  return [[...end.told.session.keys()], [...end.told.transaction.keys()]];
}

it.each([
  [["SET search_path TO lock"], [["search_path"], []]],
  [
    ["SET search_path TO lock", "COMMIT"],
    [["search_path"], []],
  ],
  [
    ["SET search_path TO lock", "ROLLBACK"],
    [[], []],
  ],
  [
    ["SET role TO keeper", "COMMIT", "SET search_path TO lock", "ROLLBACK"],
    [["role"], []],
  ],
  [["SET LOCAL role TO keeper"], [[], ["role"]]],
  [
    ["SET LOCAL role TO keeper", "COMMIT"],
    [[], []],
  ],
  [
    ["SAVEPOINT a", "SET search_path TO lock", "ROLLBACK TO a"],
    [[], []],
  ],
  [
    ["SET role TO keeper", "SAVEPOINT a", "SET search_path TO lock", "ROLLBACK TO a"],
    [["role"], []],
  ],
  [
    ["SAVEPOINT a", "SET search_path TO lock", "RELEASE a"],
    [["search_path"], []],
  ],
  [
    ["SAVEPOINT a", "SET search_path TO lock", "RELEASE a", "ROLLBACK"],
    [[], []],
  ],
])("%s", (sent, said) => expect(saidAfter(...sent)).toEqual(said));

it("says which statements are not there any more", () => {
  const command = (sql: string) => savepointCommand(sql) as SavepointCommand;
  const { course } = atSavepoint(courseOf(nothingTold), command("SAVEPOINT a"), [0, 1]);
  expect(atSavepoint(course, command("ROLLBACK TO a"), [0, 1, 2, 3]).takenBack).toEqual([2, 3]);
  expect(atSavepoint(course, command("RELEASE a"), [0, 1, 2, 3]).takenBack).toEqual([]);
});
