import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { exitCodes } from "../src/exit.ts";
import { unusedLimitMs } from "../src/engines/kept-cluster.ts";
import { supportedMajors } from "../src/postgres/supported-majors.ts";
import { otherDay } from "../src/replay/surroundings.ts";
import { configurationSchema } from "../src/repository/configuration.ts";
import { initialLimit, limitNames, limits } from "../src/repository/limits.ts";

const pages = ["README.md", "CONTRIBUTING.md", ...globSync("docs/**/*.md")];

test.each(pages)("the links of %s lead somewhere", (page) => {
  const text = readFileSync(page, "utf8").replaceAll(/^```.*?^```$/gms, "");
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]*)#?([^)]*)\)/g)].map(([, file = "", anchor = ""]) => ({
    file: file === "" ? page : join(dirname(page), file),
    anchor,
  }));
  const dead = links.filter(({ file, anchor }) => !existsSync(file) || (anchor !== "" && !anchors(file).has(anchor)));
  expect(dead).toEqual([]);
});

test.each(blocks("yaml").filter(({ code }) => !/^(?:on|jobs|steps):/m.test(code)))(
  "what $page shows of headgate.yml is valid: $first",
  ({ code }) => {
    expect(configurationSchema.safeParse(parse(code)).error?.issues).toBeUndefined();
  },
);

test.each(blocks("js"))("the program of $page runs: $first", ({ code }) => {
  const program = code.replaceAll('from "headgate"', `from "${import.meta.resolve("../src/index.ts")}"`);
  const printed = execFileSync(process.execPath, ["--input-type=module", "--eval", program], { encoding: "utf8" });
  expect(printed.trimEnd().split("\n").at(-1)).toBe("passed");
});

test("numbers that pages say are those of the code", () => {
  const [first, last] = [supportedMajors[0], supportedMajors.at(-1)];
  for (const page of pages.filter((each) => !each.startsWith("docs/rules/")))
    for (const [said] of readFileSync(page, "utf8").matchAll(/\b1\d (?:to|–) \d\d\b/g))
      expect(`${page}: ${said}`).toBe(`${page}: ${first} to ${last}`);
  const times = [
    initialLimit("lock-timeout").replace("s", " s"),
    `${configurationSchema.parse({})["time-limit"] / 1_000} s`,
    `${unusedLimitMs / 86_400_000} days`,
    `${otherDay} days`,
  ];
  for (const page of pages)
    for (const [said] of readFileSync(page, "utf8").matchAll(/\b\d+ (?:m?s|min|hours|days)\b/g))
      expect(times.map((time) => `${page}: ${time}`)).toContain(`${page}: ${said}`);
  const readme = readFileSync("README.md", "utf8");
  const told = readme.slice(readme.indexOf("## Exit codes")).matchAll(/^\| (\d+) \|/gm);
  expect([...told].map(([, code]) => Number(code))).toEqual(Object.values(exitCodes));
  const { engines } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(readme).toContain(`needs Node ${engines.node.replace(">=", "")} or later`);
});

test.each(limitNames)("the action says of %s what the command line does", (name) => {
  const { inputs } = parse(readFileSync("action.yml", "utf8"));
  const initial = initialLimit(name);
  expect(inputs[name].description).toBe(`With \`mode: apply\`: ${limits[name].about} (default: \`${initial}\`).`);
});

test.each(["engine", "replay", "fail-on"] as const)("the action says what %s is where nothing is said", (name) => {
  const { inputs } = parse(readFileSync("action.yml", "utf8"));
  expect(inputs[name].description).toContain(`else \`${configurationSchema.parse({})[name]}\`.`);
});

test("every finding is told of, as a rule or in docs/findings.md", () => {
  const told = readFileSync("docs/findings.md", "utf8");
  const found = globSync("src/**/*.ts").flatMap((file) => [
    ...readFileSync(file, "utf8").matchAll(/\bruleId: "([\w-]+)"|^ {2}"([\w-]+)": \{ severity: "/gm),
  ]);
  const ids = new Set(found.map(([, named, listed]) => named ?? listed ?? ""));
  expect(ids.size).toBeGreaterThan(30);
  const missing = [...ids].filter((id) => !existsSync(`docs/rules/${id}.md`) && !told.includes(`\`${id}\``));
  // What GitLab is told where nothing could be checked.
  expect(missing).toEqual(["not-checked"]);
});

/** The code in one language that the pages show. */
function blocks(language: string): readonly { readonly page: string; readonly first: string; readonly code: string }[] {
  return pages.flatMap((page) =>
    [...readFileSync(page, "utf8").matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(
      ([, code = ""]) => ({ page, first: code.split("\n")[0] ?? "", code }),
    ),
  );
}

/** What can be linked to in a page, as GitHub makes it of the headings. */
function anchors(file: string): ReadonlySet<string> {
  const headings = readFileSync(file, "utf8").matchAll(/^#+ (.*)$/gm);
  return new Set(
    [...headings].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}
