import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { verdictSchema } from "../src/report/verdict-schema.ts";
import { headgate } from "./support/cli.ts";
import { currentAlembic, pythonWith } from "./support/python.ts";
import { available } from "./support/requirements.ts";

/** What each example is there to show: nothing, or one planted fault. */
const examples = [
  { name: "mikro-orm", fault: undefined },
  { name: "mikro-orm-fault", fault: ["downgrade-incomplete", "Migration20260119134200_moorings", "down"] },
  { name: "sql", fault: undefined },
  { name: "sql-fault", fault: ["downgrade-incomplete", "2", "down"] },
  { name: "alembic", fault: undefined },
  { name: "alembic-fault", fault: ["downgrade-incomplete", "7d21f4b60e9c", "down"] },
  { name: "alembic-sqlmodel", fault: undefined },
  { name: "alembic-sqlmodel-fault", fault: ["downgrade-missing", "d5106cb7f83e", "down"] },
] as const;

const root = join(import.meta.dirname, "..");

async function gate(name: string, environment: Readonly<Record<string, string>>) {
  const args = [
    "check",
    "--directory",
    `examples/${name}`,
    "--engine",
    "embedded",
    "--replay",
    "all",
    "--format",
    "json",
  ];
  const { exitCode, stdout, stderr } = await headgate(args, { cwd: root, env: environment });
  expect(stderr).toBe("");
  const verdict = verdictSchema.parse(JSON.parse(stdout));
  expect(verdict.projects).toHaveLength(1);
  const serious = verdict.projects[0]?.findings.filter(({ severity }) => severity !== "info");
  const findings = serious?.map(({ ruleId, revision, direction }) => [ruleId, revision, direction]);
  return { exitCode, findings, verdict: verdict.verdict };
}

const expected = (fault: readonly string[] | undefined) =>
  fault ? { exitCode: 1, verdict: "failed", findings: [fault] } : { exitCode: 0, verdict: "passed", findings: [] };

const needsPython = ({ name }: { readonly name: string }) => name.startsWith("alembic");

describe.each(examples.filter((example) => !needsPython(example)))("examples/$name", ({ name, fault }) => {
  it(fault ? `is refused for ${fault[0]} at ${fault[1]}` : "passes", async () => {
    expect(await gate(name, {})).toEqual(expected(fault));
  });
});

describe.skipIf(!available("python")).each(examples.filter(needsPython))("examples/$name", ({ name, fault }) => {
  it(fault ? `is refused for ${fault[0]} at ${fault[1]}` : "passes", async () => {
    const python = await pythonWith(currentAlembic);
    expect(await gate(name, { VIRTUAL_ENV: join(python, "../..") })).toEqual(expected(fault));
  });
});
