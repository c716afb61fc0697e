import { describe, expect, test } from "vitest";
import { readVersionFile } from "../../../src/tools/alembic/version-file.ts";

const both = 'revision = "b2"\ndown_revision = "a1"\n';

describe("declarations", () => {
  test.each<[string, string, object]>([
    ["plain", both, { revision: "b2", downRevisions: ["a1"], dependsOn: [], branchLabels: [] }],
    ["single quotes, no spaces", "revision='b2'\ndown_revision='a1'\n", { revision: "b2", downRevisions: ["a1"] }],
    ["triple quotes", 'revision = """b2"""\ndown_revision = None', { revision: "b2", downRevisions: [] }],
    [
      "annotated",
      'revision: str = "b2"\ndown_revision: Union[str, Sequence[str], None] = "a1"\n',
      { revision: "b2", downRevisions: ["a1"] },
    ],
    [
      "annotated over several lines",
      'revision: str = "b2"\ndown_revision: Union[\n    str, Sequence[str], None\n] = (\n    "a1"\n)\n',
      { downRevisions: ["a1"] },
    ],
    ["a tuple", 'revision = "b2"\ndown_revision = ("a1", "a2")', { downRevisions: ["a1", "a2"] }],
    ["a tuple without brackets", 'revision = "b2"\ndown_revision = "a1", "a2"', { downRevisions: ["a1", "a2"] }],
    [
      "a list over lines",
      "revision = 'b2'\ndown_revision = [\n  'a1',  # first\n  'a2',\n]",
      { downRevisions: ["a1", "a2"] },
    ],
    ["an empty text", 'revision = "b2"\ndown_revision = ""', { downRevisions: [] }],
    ["an empty tuple", 'revision = "b2"\ndown_revision = ()', { downRevisions: [] }],
    [
      "comments",
      '# revision = "x"\nrevision = "b2"  # "y"\ndown_revision = None  # base\n',
      { revision: "b2", downRevisions: [] },
    ],
    ["CRLF", 'revision = "b2"\r\ndown_revision = "a1"\r\n', { revision: "b2", downRevisions: ["a1"] }],
    ["a continued line", 'revision = \\\n  "b2"\ndown_revision = "a1"', { revision: "b2" }],
    ["joined strings", 'revision = ("b" "2")\ndown_revision = None', { revision: "b2" }],
    [
      "in one line",
      'revision = "b2"; down_revision = "a1"; branch_labels = None;depends_on = "c1" # revision = "x"\n',
      { revision: "b2", downRevisions: ["a1"], branchLabels: [], dependsOn: ["c1"] },
    ],
    [
      "a semicolon in a string",
      'revision = "b2; down_revision = "\ndown_revision = "a1"',
      { revision: "b2; down_revision = " },
    ],
    ["assigned twice", `revision = "old"\n${both}`, { revision: "b2" }],
    ["a docstring that quotes one", `"""Fix\n\nrevision = "old"\n"""\n${both}`, { revision: "b2", title: "Fix" }],
    [
      "labels and dependencies",
      `${both}branch_labels = ("canals",)\ndepends_on = {"c1", "c2"}`,
      { branchLabels: ["canals"], dependsOn: ["c1", "c2"] },
    ],
    ["the title", `'''  create locks\n\nmore'''\n${both}`, { title: "create locks" }],
    ["a comment before the docstring", `# coding: utf-8\n"""locks"""\n${both}`, { title: "locks" }],
  ])("%s", (_, text, expected) => {
    expect(readVersionFile(text)).toMatchObject(expected);
  });

  test.each<[string, string, number]>([
    ["computed", 'import x\nrevision = x.id\ndown_revision = "a1"', 2],
    ["computed parent", 'revision = "b2"\ndown_revision = f"{x}"', 2],
    ["concatenated", 'revision = "b" + "2"\ndown_revision = None', 1],
    ["no parent", 'revision = "b2"\n', 1],
    ["two ids", 'revision = ("b2", "b3")\ndown_revision = None', 1],
    ["unclosed", 'revision = "b2"\ndown_revision = ("a1"', 2],
  ])("not readable: %s", (_, text, line) => {
    expect(readVersionFile(text)).toEqual({ reason: expect.any(String), line });
  });

  test.each(["", "DEPTH = 3\n", "class A:\n    revision = 'x'\n", "if revision == 'x':\n    pass\n"])(
    "no migration: %j",
    (text) => {
      expect(readVersionFile(text)).toBeUndefined();
    },
  );
});

describe("the way back", () => {
  test.each<[string, string]>([
    ["", "absent"],
    ["def downgrade():\n    pass\n", "absent"],
    ["def downgrade() -> None:\n    pass\n", "absent"],
    ["def downgrade(): pass\n", "absent"],
    ["def downgrade():\n    ...\n", "absent"],
    ["def downgrade():\n    # nothing\n    pass  # really\n", "absent"],
    ['def downgrade():\n    """No way back."""\n', "absent"],
    ["def downgrade():\n    '''No\n    way\n    back'''\n    pass\n", "absent"],
    ["def downgrade():\n    return\n", "absent"],
    ["def downgrade():\n    return None\n", "absent"],
    ["def downgrade():\n    raise NotImplementedError()\n", "absent"],
    ["def downgrade():\n    raise RuntimeError(\n        'one way'\n    )\n", "absent"],
    ["def downgrade():\n    raise NotImplementedError\n    op.drop_table('x')\n", "absent"],
    ["def downgrade(\n    engine_name,\n):\n    pass\n", "absent"],
    ["def downgrade():\r\n    pass\r\n", "absent"],
    ["def downgrade():\n    op.drop_table('x')\n", "present"],
    ["def downgrade(): op.drop_table('x')\n", "present"],
    ["def downgrade(engine=str('x')):\n    pass\n    op.drop_table('x')\n", "present"],
    ["def downgrade():\n    if locked:\n        raise RuntimeError()\n", "present"],
    ["def downgrade():\n    passed = 1\n    op.drop_table('x')\n", "present"],
    ["def downgrade():\n    return drop()\n", "present"],
    ["def downgrade():\n    # c\n\n    op.drop_table('x')\n", "present"],
    ["async def downgrade():\n    await x()\n", "present"],
    ["downgrade = undo\n", "present"],
    ["from shared import upgrade, downgrade\n", "present"],
    ["def downgrade():\n    pass\n\n\ndef downgrade():\n    op.drop_table('x')\n", "present"],
    ["def downgrade():\n    op.drop_table('x')\n\n\ndef helper():\n    pass\n", "present"],
    ["def downgrade():\n    pass\n\n\ndef helper():\n    op.drop_table('x')\n", "absent"],
  ])("%j is %s", (code, expected) => {
    expect(readVersionFile(`${both}\n\n${code}`)).toMatchObject({ downgrade: expected });
  });
});

test("a file of 50 MB is read in no time", () => {
  const rows = "    op.execute('INSERT INTO lock VALUES (1)')\n".repeat(1_100_000);
  const start = performance.now();
  const found = readVersionFile(`${both}\n\ndef upgrade():\n${rows}\n\ndef downgrade():\n    pass\n`);
  expect(found).toMatchObject({ revision: "b2", downgrade: "absent" });
  expect(performance.now() - start).toBeLessThan(5_000);
});

test("a string that does not end is given up at once, whatever is in it", () => {
  const found = readVersionFile(`revision = """${"\\\\".repeat(5_000)}\ndown_revision = None\n`);
  expect(found).toMatchObject({ reason: expect.any(String) });
});
