// Draws what a comment of Headgate looks like, for the README: a real verdict on two pushes, rendered as GitHub renders Markdown.
// Needs Chromium (or Chrome) on the machine, or its path in CHROME. Usage: node scripts/comment-image.ts [FILE [WIDTH]]
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { micromark } from "micromark";
import { gfm, gfmHtml } from "micromark-extension-gfm";
import { runGate } from "../src/gate.ts";
import { commentBody } from "../src/report/comment.ts";

const [image = "docs/images/comment.png", width = "912"] = process.argv.slice(2);
const browser = process.env["CHROME"] ?? "chromium";

const place = mkdtempSync(join(tmpdir(), "headgate-comment-"));
const repository = join(place, "app");
try {
  cpSync("examples/sql", repository, { recursive: true });
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=Lou", "-c", "user.email=lou@example.com", ...args], {
      cwd: repository,
      encoding: "utf8",
    }).trim();
  const push = (files: Readonly<Record<string, string>>): string => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(repository, "migrations", name), text);
    git("add", "--all");
    git("commit", "--quiet", "--message", "migrations");
    return git("rev-parse", "HEAD");
  };
  git("init", "--quiet", "--initial-branch", "main");
  push({});
  git("switch", "--quiet", "--create", "berths");

  const berths = [
    "SET LOCAL lock_timeout = '2s';",
    "CREATE TYPE berth_kind AS ENUM ('day', 'winter');",
    "ALTER TABLE boats ADD COLUMN berth berth_kind;",
  ];
  const back = "SET LOCAL lock_timeout = '2s';\nALTER TABLE boats DROP COLUMN berth;\n";
  const pushes = [berths, [...berths, "CREATE INDEX boats_berth ON boats (berth);"]];
  let comment: string | undefined;
  for (const statements of pushes) {
    const commit = push({
      "000011_berths.up.sql": `${statements.join("\n\n")}\n`,
      "000011_berths.down.sql": back,
    });
    const verdict = await runGate({ directory: repository, base: "main", engine: "embedded" });
    const repositoryUrl = "https://github.com/waterways/locks";
    const context = { key: "0123456789ab", commit, repositoryUrl, runUrl: `${repositoryUrl}/actions/runs/7` };
    comment = commentBody(verdict, context, comment === undefined ? [] : [comment]);
  }

  const file = join(place, "comment.html");
  writeFileSync(file, page(comment ?? ""));
  const run = (...args: readonly string[]): string =>
    execFileSync(
      browser,
      ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", `--user-data-dir=${place}`, ...args, file],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
  // The window is the picture: it is made as high as the comment, which the page knows when it is laid out.
  const height = /<title>(\d+)<\/title>/.exec(run(`--window-size=${width},1000`, "--dump-dom"))?.[1];
  if (height === undefined) throw new Error(`${browser} did not show the page.`);
  run(`--window-size=${width},${height}`, `--screenshot=${image}`);
} finally {
  rmSync(place, { recursive: true, force: true });
}

/** The comment as GitHub shows it. */
function page(markdown: string): string {
  const html = micromark(markdown, { extensions: [gfm()], htmlExtensions: [gfmHtml()], allowDangerousHtml: true })
    // GitHub colours differences.
    .replaceAll(/(<code class="language-diff">)(.*?)(<\/code>)/gs, (_, begin: string, text: string, end: string) => {
      const lines = text.replaceAll(/^\+.*$/gm, "<ins>$&</ins>").replaceAll(/^-.*$/gm, "<del>$&</del>");
      return `${begin}${lines}${end}`;
    });
  const style = readFileSync(join(import.meta.dirname, "comment-image.css"), "utf8");
  return `<!doctype html><meta charset="utf-8"><title></title><style>${style}</style>
<article><header><b>github-actions</b> <i>bot</i> commented now</header><main>${html}</main></article>
<script>document.title = document.documentElement.offsetHeight</script>`;
}
