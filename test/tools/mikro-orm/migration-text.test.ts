import { expect, it } from "vitest";
import { migrationClasses } from "../../../src/tools/mikro-orm/migration-text.ts";

const classOf = (body: string, head = "export class A extends Migration") => `${head} {\n${body}\n}`;
const up = "async up() { this.addSql('select 1'); }";

it.each([
  ["a down", classOf(`${up}\nasync down() { this.addSql('drop table a'); }`), "present"],
  [
    "a typed down",
    classOf(`${up}\npublic override async down(): Promise<void> { await this.execute('x'); }`),
    "present",
  ],
  ["a down as a property", classOf(`${up}\ndown = async () => { this.addSql('x'); }`), "present"],
  ["a down that throws", classOf(`${up}\ndown() { throw new Error('never'); }`), "present"],
  ["none", classOf(up), "absent"],
  ["an empty one", classOf(`${up}\nasync down(): Promise<void> {}`), "absent"],
  ["one with nothing but a comment", classOf(`${up}\nasync down() {\n// drop table a\n}`), "absent"],
  ["one that is commented out", classOf(`${up}\n/* async down() { this.addSql('x'); } */`), "absent"],
  ["one in a string", classOf("async up() { this.addSql(`async down() { x }`); }"), "absent"],
  ["a call of a down elsewhere", classOf("async up() { await other.down(); function down() { return 1; } }"), "absent"],
])("reads a class with %s", (_name, source, downgrade) => {
  expect(migrationClasses(source)).toEqual([{ name: "A", downgrade, line: 1, isAbstract: false }]);
});

it("reads JavaScript, anonymous classes, and base classes of the project's own", () => {
  const source = [
    classOf(up, "'use strict';\nexports.A = class A extends migrations_1.Migration"),
    classOf(up, "module.exports = class extends BaseMigration"),
    classOf(up, "export default class C<T> extends Base<T>"),
    classOf("run() {}", "class Helper extends Something"),
  ].join("\n");
  expect(migrationClasses(source).map(({ name, line }) => [name, line])).toEqual([
    ["A", 2],
    ["", 5],
    ["C", 8],
  ]);
});
