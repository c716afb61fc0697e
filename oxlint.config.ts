import { defineConfig, type OxlintOverride } from "oxlint";

/** What a pure room has no use for. */
const outside = [
  "node:child_process",
  "node:fs",
  "node:fs/*",
  "node:http",
  "node:https",
  "node:net",
  "node:os",
  "node:process",
  "node:timers",
  "node:timers/*",
  "node:tls",
  "@actions/*",
  "@octokit/*",
  "@testcontainers/*",
  "testcontainers",
  "pg",
];

/** What any room may know: plain data, and errors. */
const nouns = [
  "database-connection",
  "declaration",
  "errors",
  "files",
  "finding",
  "history",
  "optional",
  "project",
  "prose",
  "verdict",
];

/** Which rooms a room of `src/` may use, and which files beside them that are not for every room. */
interface Room {
  readonly uses: readonly string[];
  readonly files?: readonly string[];
  /** Whether it does no I/O. */
  readonly pure?: boolean;
}

/** The doors, `action` and `cli`, may use everything, and nobody uses them. See docs/architecture.md. */
const rooms: Readonly<Record<string, Room>> = {
  apply: {
    uses: [
      "catalog",
      "engines",
      "gate",
      "git",
      "lineage",
      "plan",
      "postgres",
      "replay",
      "repository",
      "sessions",
      "sql",
      "target",
      "tools",
      "wire",
    ],
    files: ["account-name", "apply-report", "version"],
  },
  catalog: { uses: [] },
  engines: { uses: [], files: ["account-name", "watcher"] },
  files: { uses: ["git"], files: ["watcher"] },
  gate: {
    uses: [
      "catalog",
      "engines",
      "files",
      "git",
      "lineage",
      "plan",
      "postgres",
      "replay",
      "repository",
      "rules",
      "sessions",
      "sql",
      "stats",
      "tools",
      "wire",
    ],
  },
  git: { uses: [] },
  github: { uses: ["git", "report"] },
  lineage: { uses: ["tools"], pure: true },
  merge: {
    uses: ["catalog", "engines", "files", "gate", "git", "lineage", "replay", "repository", "sessions", "tools"],
  },
  plan: { uses: ["catalog", "sql"], pure: true },
  postgres: { uses: [], pure: true },
  replay: { uses: ["catalog", "engines", "postgres", "schema", "sessions", "sql", "wire"] },
  report: {
    uses: ["postgres", "sql"],
    files: ["apply-report", "lint-verdict", "merge/merge-judgement", "merge/pair-outcome"],
    pure: true,
  },
  repository: { uses: ["files", "git", "lineage", "rules", "tools"] },
  rules: { uses: ["postgres", "schema", "sql", "tools"], pure: true },
  schema: { uses: ["postgres", "sql"], pure: true },
  sessions: { uses: ["sql", "tools"] },
  sql: { uses: ["postgres"], pure: true },
  stats: { uses: [] },
  target: { uses: [], files: ["account-name"] },
  tools: { uses: ["sql"], pure: true },
  wire: { uses: ["postgres", "sql"] },
};

const doors = ["action", "cli"];

/** What a room's files may not import: those of its own folders reach the other rooms by `../../`. */
const restrictions = Object.entries(rooms).flatMap(([room, { uses, files = [], pure = false }]): OxlintOverride[] => {
  const others = [...doors, ...Object.keys(rooms)].filter((other) => other !== room && !uses.includes(other));
  const io = { group: outside, message: "This room does no I/O: take what you need as an argument; gate.ts composes." };
  const message = `The room ${room} uses no other than ${uses.join(", ") || "its own"}: take what you need as an argument, and compose in a file of src/.`;
  const restricted = (...group: string[]): OxlintOverride["rules"] & {} => ({
    "no-restricted-globals": pure ? ["error", "process", "fetch"] : "off",
    "no-restricted-imports": ["error", { patterns: [...(pure ? [io] : []), { group, message }] }],
  });
  const allowed = [...nouns, ...files].map((noun) => `!../${noun}.ts`);
  return [
    {
      files: [`src/${room}/*.ts`],
      rules: restricted("../*.ts", ...others.map((other) => `../${other}/**`), ...allowed),
    },
    { files: [`src/${room}/*/**/*.ts`], rules: restricted(...others.map((other) => `**/../${other}/**`)) },
  ];
});

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "promise", "node", "vitest"],
  categories: { correctness: "error", suspicious: "error", perf: "warn" },
  rules: {
    "import/no-cycle": "error",
    "no-console": "error",
    "no-await-in-loop": "off",
    "no-shadow": "off",
    "import/no-unassigned-import": "off",
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "no-control-regex": "off",
    "no-underscore-dangle": "off",
    "import/no-named-as-default-member": "off",
    "unicorn/consistent-function-scoping": "off",
    "no-unmodified-loop-condition": "off",
    "vitest/expect-expect": "off",
    "vitest/no-conditional-expect": "off",
    "vitest/valid-title": "off",
  },
  ignorePatterns: ["dist/**", "examples/**", "test/fixtures/**"],
  overrides: [...restrictions, { files: ["scripts/**", "bench/**", "test/**"], rules: { "no-console": "off" } }],
});
