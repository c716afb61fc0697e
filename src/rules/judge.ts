import type { AllowedFinding, Direction, Finding } from "../finding.ts";
import { optional } from "../optional.ts";
import { commit, openSession, type Session } from "../schema/session.ts";
import type { Settings } from "../schema/settings.ts";
import { type Node, type NodeKind, nodeKind } from "../sql/syntax.ts";
import { type Allowance, allowanceComments } from "./allowances.ts";
import { isOpaque } from "./dynamic-sql.ts";
import { allowanceFindings, findingOf, placed, unreadFinding } from "./judge-findings.ts";
import {
  allowedIn,
  type ConfiguredAllowance,
  defaultRuleSettings,
  namesFiles,
  overridesFor,
  type RuleSetting,
  type RuleSettings,
  settingFor,
} from "./policy.ts";
import type { Judgement, Migration, Rule, Step } from "./rule.ts";
import type { ProgramTool } from "./tool-code.ts";
import { type MigrationScript, type Walked, walkScript } from "./walk.ts";

/** One migration of a history. */
export interface MigrationInput {
  /** Its revision, where it belongs to a history. */
  readonly revision?: string;
  readonly up: readonly MigrationScript[];
  /** Empty where there is no way back, or it is unknown. */
  readonly down: readonly MigrationScript[];
  /** Whether it is judged, or only read to know the schema. */
  readonly judged: boolean;
  /** Whether production does not have it yet. Default: what is judged is new. */
  readonly isNew?: boolean;
}

/** How to judge. */
export interface JudgeOptions {
  readonly rules: readonly Rule[];
  /** The majors of PostgreSQL that the migrations may meet, ascending. */
  readonly majors: readonly number[];
  /** What is set when a migration begins, for example by its runner. */
  readonly settings: Settings;
  /** What the project's configuration says of the rules. */
  readonly policy?: RuleSettings;
  /** Whether the new migrations reach production together, so that what one of them makes is unused for all. */
  readonly together?: boolean;
  /** Whether the history makes everything there is, so that `IF NOT EXISTS` makes what was not made before. Default: false. */
  readonly complete?: boolean;
  /** The tool whose migrations they are, where these are programs: fixes are shown as its code too. */
  readonly tool?: ProgramTool;
  /** What a rule is asked beside the text, where the server said what a statement did. */
  readonly observe?: (rule: Rule, step: Step, migration: Migration) => Iterable<Judgement>;
}

/** A finding with what the client sent: the statement, or the block that it is part of. */
export interface JudgedFinding {
  readonly finding: Finding;
  readonly sent?: string;
  readonly step?: Step;
}

/** How much was looked at. */
export interface JudgedCounts {
  readonly files: number;
  /** Statements that were judged. */
  readonly judged: number;
  /** Statements that the parser refused. */
  readonly unread: number;
  /** Statements that run SQL which is not in the text. */
  readonly opaque: number;
}

/** What was found, and how much was looked at. */
export interface Judgements extends JudgedCounts {
  readonly findings: readonly JudgedFinding[];
  readonly allowed: readonly AllowedFinding[];
  readonly opaqueSteps: readonly OpaqueStep[];
  /** Rules that the configuration switches off for a file that was judged. */
  readonly off: readonly string[];
}

/** A statement that runs SQL which is not in its text. */
export interface OpaqueStep {
  readonly step: Step;
  readonly revision?: string;
  readonly direction: Direction;
}

/** Judges the migrations of one history in the order they run, each way back against the schema that its own way up leaves. */
export function judgeMigrations(migrations: readonly MigrationInput[], options: JudgeOptions): Judgements {
  const judge = createJudge(options);
  const isNew = (migration: MigrationInput): boolean => migration.isNew ?? migration.judged;
  const firstNew = migrations.findIndex(isNew);
  // What is judged although production has it, got there at a time when all of it was new.
  const change = (migration: MigrationInput) =>
    options.together ? { freshFrom: isNew(migration) ? firstNew : 0 } : {};
  let session: Session = {
    ...openSession(options.settings),
    complete: options.complete ?? false,
    ...optional("newestMajor", options.majors.at(-1)),
  };
  for (const [number, input] of migrations.entries()) {
    const walked: WalkedScript[] = [];
    const run = (from: Session, scripts: readonly MigrationScript[], direction: Direction): Session =>
      scripts.reduce((current, script) => {
        const each = walkScript(current, script);
        walked.push({ ...each, script, direction });
        return each.session;
      }, from);
    // Every migration begins as its tool connects: with nothing set by the one before.
    session = run(
      { ...commit(session), ...change(input), session: options.settings, migration: number },
      input.up,
      "up",
    );
    // What the way up made is there for the application by the time somebody goes back.
    run({ ...commit(session), session: options.settings, migration: -1 - number }, input.down, "down");
    if (input.judged) judge.migration(input, number, walked);
  }
  const all = migrations.every(({ judged, revision }) => judged || revision === undefined);
  return judge.conclude(session, all);
}

interface WalkedScript extends Walked {
  readonly script: MigrationScript;
  readonly direction: Direction;
}

/** A finding, and what would settle it later in the history. */
interface PendingFinding extends JudgedFinding {
  readonly unless?: Judgement["unless"];
}

/** A rule with what the configuration says that it weighs. */
interface ActiveRule {
  readonly rule: Rule;
  readonly setting: RuleSetting | undefined;
}

const looksAt = ({ statements }: Rule, kind: NodeKind): boolean => !statements || statements.includes(kind);

/** The rules to ask of a statement. @param all whether those that do not look at its kind have more to say than its text tells */
function byKind(rules: readonly ActiveRule[], all: boolean): (node: Node) => readonly ActiveRule[] {
  if (all) return () => rules;
  const known = new Map<NodeKind, readonly ActiveRule[]>();
  return (node) => {
    const kind = nodeKind(node);
    let asked = known.get(kind);
    if (!asked) known.set(kind, (asked = rules.filter(({ rule }) => looksAt(rule, kind))));
    return asked;
  };
}

function createJudge({ rules, majors, policy = defaultRuleSettings, observe, tool }: JudgeOptions) {
  const files = new Set<string>();
  const found: PendingFinding[] = [];
  const allowed: AllowedFinding[] = [];
  const off = new Set<string>();
  /** Whether each entry of the configuration that concerns a judged file allowed something. */
  const configured = new Map<ConfiguredAllowance, boolean>();
  const known = new Set(rules.map(({ id }) => id));
  const applicable = rules.filter(({ appliesTo }) =>
    majors.some((major) => major >= (appliesTo?.from ?? 0) && major <= (appliesTo?.to ?? 99)),
  );
  let judged = 0;
  let unread = 0;
  const opaqueSteps: OpaqueStep[] = [];

  /** For each set of overrides that concerns some file: what is asked of a statement there. */
  const active = new Map<string, (node: Node) => readonly ActiveRule[]>();

  /** The rules that are asked of a statement in a file, with what they weigh there. */
  function activeRules(file: string): (node: Node) => readonly ActiveRule[] {
    const overrides = overridesFor(policy, file);
    const key = overrides.map((override) => policy.overrides.indexOf(override)).join(" ");
    let askedOf = active.get(key);
    if (!askedOf) {
      const here = applicable.map((rule) => ({ rule, setting: settingFor(policy, overrides, rule.id) }));
      for (const { rule, setting } of here) if (setting === "off") off.add(rule.id);
      active.set(
        key,
        (askedOf = byKind(
          here.filter(({ setting }) => setting !== "off"),
          observe !== undefined,
        )),
      );
    }
    return askedOf;
  }

  /** The allowances of each file of a migration, which both directions may share. */
  function allowancesOf(walked: readonly WalkedScript[]) {
    const wentDown = walked.some(({ direction }) => direction === "down");
    return new Map(
      [...Map.groupBy(walked, ({ script }) => script.file)].map(([file, scripts]) => {
        const lines = scripts.flatMap(({ steps, unread: refused }) =>
          [...steps, ...refused].flatMap(({ line }) => line ?? []),
        );
        const text = scripts[0]?.script.text ?? "";
        return [file, allowanceComments(file, text, new Set(lines), (id) => known.has(id), wentDown)] as const;
      }),
    );
  }

  function judgeScript(
    { script: { file, text }, direction, steps, unread: refused }: WalkedScript,
    { number, revision }: { readonly number: number; readonly revision?: string },
    comments: readonly Allowance[],
    used: Set<Allowance>,
  ): readonly PendingFinding[] {
    const migration = { number, ...optional("revision", revision), file, direction, steps, majors };
    const rows = text.split(/\r\n|\n|\r/);
    const askedOf = activeRules(file);
    const fromConfiguration = allowedIn(policy, file);
    for (const entry of fromConfiguration) configured.set(entry, configured.get(entry) ?? false);
    const pending: PendingFinding[] = refused.map((statement) => ({
      finding: unreadFinding(statement, file, direction, rows),
      sent: statement.sql,
    }));
    for (const step of steps)
      for (const { rule, setting } of askedOf(step.node)) {
        const judgements = observe
          ? [
              ...(looksAt(rule, nodeKind(step.node)) ? rule.check(step, migration) : []),
              ...observe(rule, step, migration),
            ]
          : rule.check(step, migration);
        for (const judgement of judgements) {
          const at = judgement.step ?? step;
          const comment = comments.find(
            ({ ruleId, targetLine }) => ruleId === rule.id && (targetLine === undefined || targetLine === at.line),
          );
          const entry = comment ? undefined : fromConfiguration.find((one) => one.rule === rule.id);
          if (comment) used.add(comment);
          if (entry) configured.set(entry, true);
          const reason = comment?.reason ?? entry?.reason;
          if (reason !== undefined) allowed.push({ ruleId: rule.id, reason, file, ...optional("line", at.line) });
          else
            pending.push({
              finding: placed(findingOf(rule, judgement, at, setting, tool), at, file, direction, rows),
              sent: at.sent,
              step: at,
              ...optional("unless", judgement.unless),
            });
        }
      }
    return pending;
  }

  return {
    migration(input: MigrationInput, number: number, walked: readonly WalkedScript[]): void {
      const comments = allowancesOf(walked);
      const used = new Set<Allowance>();
      const own: PendingFinding[] = [];
      for (const each of walked) {
        files.add(each.script.file);
        judged += each.steps.filter(({ inner }) => !inner).length;
        unread += each.unread.length;
        for (const step of each.steps.filter(isOpaque))
          opaqueSteps.push({ step, direction: each.direction, ...optional("revision", input.revision) });
        const { valid } = comments.get(each.script.file) as { valid: readonly Allowance[] };
        own.push(...judgeScript(each, { number, ...optional("revision", input.revision) }, valid, used));
      }
      for (const [file, each] of comments)
        own.push(...allowanceFindings(file, each, used).map((finding) => ({ finding })));
      const place = new Map([...comments.keys()].map((file, index) => [file, index]));
      own.sort(
        ({ finding: a }, { finding: b }) =>
          (place.get(a.file ?? "") ?? 0) - (place.get(b.file ?? "") ?? 0) || (a.line ?? 0) - (b.line ?? 0),
      );
      for (const { finding, ...rest } of own)
        found.push({ ...rest, finding: { ...finding, ...optional("revision", input.revision) } });
    },
    /** @param all whether no migration was left out, so that an entry for many files can be said to be unused */
    conclude(session: Session, all: boolean): Judgements {
      const findings = found.flatMap(({ unless, ...rest }): readonly JudgedFinding[] =>
        unless?.(session.schema) ? [] : [rest],
      );
      const unused = [...configured].flatMap(([entry, wasUsed]): readonly JudgedFinding[] =>
        wasUsed || !(all || namesFiles(entry))
          ? []
          : [
              {
                finding: {
                  ruleId: "unused-allowance",
                  severity: "warning",
                  title: "An allowance allows nothing",
                  message: `The configuration allows ${entry.rule} in ${entry.paths.join(", ")}, and nothing there does what it reports.`,
                  help: "Remove the entry under `allow`.",
                },
              },
            ],
      );
      return {
        findings: [...findings, ...unused],
        allowed,
        off: [...off],
        files: files.size,
        judged,
        unread,
        opaque: opaqueSteps.length,
        opaqueSteps,
      };
    },
  };
}
