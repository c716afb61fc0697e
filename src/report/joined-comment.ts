import { commentLimit, footer, marker, type CommentContext } from "./comment-frame.ts";
import { encodeState, withoutText, type CommentPart, type WrittenPart } from "./comment-state.ts";
import { code } from "./markup.ts";
import { marks } from "./project-section.ts";
import { counted } from "../prose.ts";

/** One comment of several jobs' parts, each in a fold; those that have not reported for this commit are named. */
export function joinedComment(parts: readonly WrittenPart[], version: string, context: CommentContext): string {
  const count = context.job?.count ?? 1;
  const sorted = parts.toSorted((one, other) => (one.label < other.label ? -1 : one.label > other.label ? 1 : 0));
  const current = sorted.filter(({ commit }) => commit === context.commit);
  const waiting = current.length < count ? sorted.filter(({ commit }) => commit !== context.commit) : [];
  const worst = (["failed", "errored"] as const).find((word) => current.some(({ verdict }) => verdict === word));
  const first = current.find(({ verdict }) => verdict === worst);
  const missing = Math.max(0, count - current.length);
  const toDo =
    first === undefined
      ? "Nothing that must be done"
      : `${worst === "failed" ? "Fix first what was found with" : "Not everything could be checked with"} ${code(first.label)}`;
  const state = `<p>${toDo}${missing === 0 ? "" : `; waiting for ${missing} of ${count} jobs`}.</p>`;
  const verdict = worst ?? (missing === 0 ? "passed" : "pending");
  const mark = verdict === "pending" ? "⏳" : marks[verdict];
  const table = [
    "<table>",
    "<tr><th></th><th>job</th><th>result</th></tr>",
    ...current.map(
      (one) => `<tr><td>${marks[one.verdict]}</td><td>${code(one.label)}</td><td>${resultOf(one)}</td></tr>`,
    ),
    ...waiting.map(({ label }) => `<tr><td>⏳</td><td>${code(label)}</td><td>not yet for this commit</td></tr>`),
    "</table>",
  ].join("\n");
  const end = footer(version, context);
  const assemble = (shown: readonly WrittenPart[]): string => {
    let rest = `${[`### ${mark} Headgate: ${verdict}`, state, table].join("\n\n")}\n\n`;
    const kept = [...current, ...waiting].map((one): CommentPart => {
      if (!shown.includes(one) || one.text === "") return withoutText(one);
      const fold = `<details${one.verdict === "passed" ? "" : " open"}><summary>${marks[one.verdict]} ${code(one.label)}</summary>\n\n`;
      const place = { at: rest.length + fold.length, length: one.text.length };
      rest += `${fold}${one.text}\n\n</details>\n\n`;
      return { ...withoutText(one), ...place };
    });
    return `${marker(context.key)}\n${encodeState(kept)}${rest}${end}\n`;
  };
  // Each job keeps to its share; where another's is longer than that, the longest has no room.
  let shown = current.filter(({ commit }) => commit === context.commit);
  for (;;) {
    const body = assemble(shown);
    if (body.length <= commentLimit || shown.length === 0) return body;
    const longest = Math.max(...shown.map(({ text }) => text.length));
    shown = shown.filter(({ text }) => text.length < longest);
  }
}

const resultOf = ({ verdict, errors, warnings }: CommentPart): string =>
  [
    verdict,
    ...(errors > 0 ? [counted(errors, "error")] : []),
    ...(warnings > 0 ? [counted(warnings, "warning")] : []),
  ].join(", ");
