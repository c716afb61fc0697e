import { expect, test } from "vitest";
import type { LintVerdict } from "../../src/lint-verdict.ts";
import { lintMarkdown } from "../../src/report/lint-markdown.ts";
import { hostileTexts } from "./hostile-texts.ts";
import { render } from "./rendered.ts";

const verdictWith = (text: string): LintVerdict => ({
  schemaVersion: 1,
  headgate: "0.1.0",
  verdict: "failed",
  coverage: {
    files: 1,
    judged: 1,
    unread: 0,
    opaque: 0,
    allowed: [],
    off: [],
    skipped: [{ name: text, reason: "it is no SQL" }],
  },
  findings: [
    {
      ruleId: "drop-table",
      severity: "error",
      title: "A table goes",
      message: `It drops \`${text}\`.`,
      help: `Drop it later:\n\nDROP TABLE ${text};`,
      file: text,
      line: 3,
      statement: text,
    },
  ],
});

test.each(Object.entries(hostileTexts))("what strangers wrote is shown as text: %s", (_, text) => {
  const { elements, open } = render(lintMarkdown(verdictWith(text)));
  const names = new Set(elements.map(({ name }) => name));
  expect(names.difference(new Set("h2 p b code pre ul li".split(" ")))).toEqual(new Set());
  // What GitHub makes links of, or shows otherwise.
  for (const words of open) expect(words).not.toMatch(/@|#|:\/\/|www\.|\bGH-\d|\b[0-9a-f]{7,40}\b|:[\w+-]+:|\$/i);
});
