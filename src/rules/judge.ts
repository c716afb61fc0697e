import type { AllowedFinding } from "../finding.ts";
import { optional } from "../optional.ts";
import { commit, openSession, type Session } from "../schema/session.ts";
import { type Allowance, allowanceComments } from "./allowances.ts";
import { askedRules } from "./asked-rules.ts";
import { configuredAllowances } from "./configured-allowances.ts";
import { isOpaque } from "./dynamic-sql.ts";
import { allowanceFindings } from "./judge-findings.ts";
import { judgeScript, type PendingFinding } from "./judge-script.ts";
import type { JudgedFinding, Judgements, JudgeOptions, MigrationInput, OpaqueStep } from "./judgements.ts";
import { defaultRuleSettings } from "./policy.ts";
import { walkDown, type WalkedScript, walkScripts } from "./walk-scripts.ts";

/** Judges the migrations of one history in the order they run, each way back against the schema that its own way up leaves. */
export function judgeMigrations(migrations: readonly MigrationInput[], options: JudgeOptions): Judgements {
  const judge = createJudge(options);
  const isNew = (migration: MigrationInput): boolean => migration.isNew ?? migration.judged;
  // In a history with branches the new ones need not be the last. What is judged although production has it, got there at a
  // time when all of it was new.
  const all = new Set(migrations.keys());
  const brought = new Set(migrations.flatMap((migration, number) => (isNew(migration) ? [number] : [])));
  const change = (migration: MigrationInput) => (options.together ? { change: isNew(migration) ? brought : all } : {});
  let session: Session = {
    ...openSession(options.settings),
    complete: options.complete ?? false,
    ...(options.unseen ? { unseen: true as const } : {}),
    ...optional("newestMajor", options.majors.at(-1)),
  };
  for (const [number, input] of migrations.entries()) {
    // Every migration begins as its tool connects: with nothing set by the one before.
    const begins = (migration: number): Session => ({ ...commit(session), session: options.settings, migration });
    const up = walkScripts({ ...begins(number), ...change(input) }, input.up, "up");
    session = up.at(-1)?.session ?? session;
    // What this way up made is there for the application by the time somebody goes back, unless a whole change goes back.
    const down = () => walkDown({ ...begins(-1 - number), ...change(input) }, input.down);
    if (input.judged) judge.migration(input, number, [...up, ...down()]);
  }
  return judge.conclude(
    session,
    migrations.every(({ judged, revision }) => judged || revision === undefined),
  );
}

function createJudge(options: JudgeOptions) {
  const { rules, majors, policy = defaultRuleSettings, configured = configuredAllowances(policy), observe } = options;
  const applicable = rules.filter(({ appliesTo }) =>
    majors.some((major) => major >= (appliesTo?.from ?? 0) && major <= (appliesTo?.to ?? 99)),
  );
  const asked = askedRules(applicable, policy, observe !== undefined);
  const known = new Set(rules.map(({ id }) => id));
  const files = new Set<string>();
  const found: PendingFinding[] = [];
  const allowed: AllowedFinding[] = [];
  const opaqueSteps: OpaqueStep[] = [];
  let judged = 0;
  let session = 0;
  let unread = 0;

  /** The allowances of each file of a migration, which both directions may share. */
  function allowancesOf(walked: readonly WalkedScript[]) {
    const wentDown = walked.some(({ direction }) => direction === "down");
    return new Map(
      [...Map.groupBy(walked, ({ script }) => script.file)].map(([file, scripts]) => {
        const lines = () =>
          new Set(
            scripts.flatMap(({ steps, unread: refused }) => [...steps, ...refused].flatMap(({ line }) => line ?? [])),
          );
        const text = scripts[0]?.script.text ?? "";
        return [file, allowanceComments(file, text, lines, (id) => known.has(id), wentDown)] as const;
      }),
    );
  }

  return {
    migration({ revision }: MigrationInput, number: number, walked: readonly WalkedScript[]): void {
      const ofRevision = optional("revision", revision);
      const byFile = allowancesOf(walked);
      const used = new Set<Allowance>();
      const own: PendingFinding[] = [];
      for (const each of walked) {
        files.add(each.script.file);
        judged += each.steps.filter(({ inner }) => !inner).length;
        session += each.script.pieces.filter((piece) => piece.session).length;
        unread += each.unread.length;
        for (const step of each.steps.filter(isOpaque))
          opaqueSteps.push({ step, direction: each.direction, ...ofRevision });
        const comments = byFile.get(each.script.file)?.valid ?? [];
        const judging = { options, asked, configured, comments, used, allowed };
        own.push(...judgeScript(each, { number, ...ofRevision }, judging));
      }
      for (const [file, each] of byFile)
        own.push(...allowanceFindings(file, each, used).map((finding) => ({ finding })));
      const place = new Map([...byFile.keys()].map((file, index) => [file, index]));
      own.sort(
        ({ finding: a }, { finding: b }) =>
          (place.get(a.file ?? "") ?? 0) - (place.get(b.file ?? "") ?? 0) || (a.line ?? 0) - (b.line ?? 0),
      );
      for (const { finding, ...rest } of own) found.push({ ...rest, finding: { ...finding, ...ofRevision } });
    },
    conclude({ schema }: Session, whole: boolean): Judgements {
      const findings = found.flatMap(({ unless, ...rest }): readonly JudgedFinding[] =>
        unless?.(schema) ? [] : [rest],
      );
      const counts = { files: files.size, judged, session, unread, opaque: opaqueSteps.length };
      return { ...counts, findings, allowed, off: [...asked.off], opaqueSteps, whole };
    },
  };
}
