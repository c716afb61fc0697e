import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type pg from "pg";
import type { PostgresServer } from "../../src/engines/engine.ts";
import { rowFunctions, steadyFunctions, volatileFunctions } from "../../src/postgres/built-in-functions.ts";
import { strongerMode } from "../../src/postgres/blocked-by.ts";
import { walkScript } from "../../src/rules/walk.ts";
import { evidence } from "../../src/rules/evidence.ts";
import { rules } from "../../src/rules/registry.ts";
import type { Judgement, Migration, Rule, Step } from "../../src/rules/rule.ts";
import { outsideTransaction } from "../../src/schema/outside-transaction.ts";
import { openSession, type Session } from "../../src/schema/session.ts";
import { loadParser } from "../../src/sql/parser.ts";
import { splitStatements } from "../../src/sql/split-statements.ts";
import { connectTo, createTestDatabase, startTestServer } from "../support/postgres.ts";
import {
  evidenceOf,
  existingRelations,
  observeAlone,
  observeInTransaction,
  type Observation,
} from "../support/observe.ts";
import { fixture, fixtureSettings, type FixtureMigration, historyOf, judged, scriptOf } from "./fixtures.ts";
import { otherNames } from "./other-names.ts";

const majors = [14, 15, 16, 17, 18];

describe.each(majors)("PostgreSQL %i", (major) => {
  let server: PostgresServer;
  let observer: pg.Client;
  beforeAll(async () => {
    await loadParser();
    server = await startTestServer(major);
    observer = await connectTo(server, server.maintenanceDatabase);
  });
  afterAll(async () => {
    await observer?.end();
    await server?.[Symbol.asyncDispose]();
  });

  const applicable = rules.filter(({ appliesTo }) => major >= (appliesTo?.from ?? 0) && major <= (appliesTo?.to ?? 99));

  describe.each(applicable.map((rule) => [rule.id, rule] as const))("%s", (id, rule) => {
    it("does what the rule says", async () => {
      await using client = await createTestDatabase(server);
      const claimed = await runObserved(client, fixture(id, "bad"), rule);
      // What its page shows is what the server shows today.
      const shown = evidence[id]?.find(({ majors: of }) => of.includes(major));
      if (shown && claimed.shown)
        expect(claimed.shown).toEqual({ locks: shown.locks, rewrites: shown.rewrites, scans: shown.scans });
      // The page of the rule makes no claim that its fixtures don't show.
      if (rule.effect.lock) expect(claimed.locks).toContain(rule.effect.lock);
      if (rule.effect.rewrite) expect(claimed.rewrites).toBe(true);
      if (rule.effect.scan) expect(claimed.scans).toBe(true);
    });

    it("gives SQL that runs", async () => {
      await using client = await createTestDatabase(server);
      await runRemedies(client, rule, fixture(id, "bad"));
    });

    it.each(otherNames(id, major))("gives SQL that runs under %s", async (_, changed) => {
      await using client = await createTestDatabase(server);
      await runRemedies(client, rule, changed(fixture(id, "bad")));
    });

    it("does no more in what is good", async () => {
      await using client = await createTestDatabase(server);
      const { locks } = await runObserved(client, fixture(id, "good"), rule);
      expect(rule.detectedBy === "trace" ? [...locks] : []).toEqual([]);
    });
  });

  it("has no function among the steady ones that is volatile here", async () => {
    const { rows } = await observer.query<{ proname: string }>(
      "select proname from pg_proc where provolatile = 'v' and pronamespace = 'pg_catalog'::regnamespace group by proname having count(*) = (select count(*) from pg_proc p where p.proname = pg_proc.proname)",
    );
    expect(rows.map(({ proname }) => proname).filter((name) => steadyFunctions.has(name))).toEqual([]);
    expect(rows.map(({ proname }) => proname)).toEqual(
      expect.arrayContaining(["random", "gen_random_uuid", "nextval"].filter((name) => volatileFunctions.has(name))),
    );
  });

  it("has no function among those of rows that does something else here", async () => {
    const { rows } = await observer.query<{ proname: string }>(
      "select proname from pg_proc where pronamespace = 'pg_catalog'::regnamespace and not proretset and prokind not in ('a', 'w') and proname = any ($1)",
      [[...rowFunctions]],
    );
    expect(rows.map(({ proname }) => proname)).toEqual([]);
  });

  /** Runs the migrations, and compares what every statement does with what is predicted for it. */
  async function runObserved(client: pg.Client, migrations: readonly FixtureMigration[], rule?: Rule) {
    const claimed: Claimed = { locks: new Set(), rewrites: false, scans: false };
    let session: Session = { ...openSession(), newestMajor: major };
    const usable = migrations.filter(({ from, to }) => major >= from && major <= to);
    for (const [number, usableMigration] of usable.entries()) {
      const { file } = usableMigration;
      const script = scriptOf(usableMigration);
      const { steps, session: next } = walkScript({ ...session, migration: number }, script);
      session = next;
      const migration = { number, file, direction: "up" as const, steps, majors: [major] };
      if (script.transaction) await client.query("begin");
      let existed = await existingRelations(client);
      for (const step of steps) {
        const judgements = rule ? [...rule.check(step, migration)] : [];
        const refusal = judgements.find(({ sqlState }) => sqlState !== undefined)?.sqlState;
        if (step.inner) {
          claim(step, judgements);
          continue;
        }
        if (!step.transaction && !("TransactionStmt" in step.node)) existed = await existingRelations(client);
        if (refusal !== undefined) {
          await expect(client.query(step.sql)).rejects.toMatchObject({ code: refusal });
          await client.query("rollback");
          session = step.transaction
            ? { ...openSession(), newestMajor: major, schema: step.transaction.before.schema }
            : step.before;
          break;
        }
        const observed = await run(client, step, existed, `${file}:${step.line}`);
        if ("TransactionStmt" in step.node) existed = await existingRelations(client);
        const isFirst = claimed.shown === undefined && judgements.length > 0;
        if (observed && isFirst) claimed.shown = evidenceOf(observed);
        const unforeseen = observed ? observedJudgements(rule, observed, step, migration) : [];
        // What is inside of it is said of the steps that follow.
        const holdsOthers = steps[step.index + 1]?.inner ?? false;
        if (observed && unforeseen.length === 0 && !holdsOthers)
          compare(step, observed, `${file}:${step.line} ${step.sql}`);
        if (unforeseen.length > 0 && observed) {
          for (const mode of observed.locks.values()) claimed.locks.add(mode);
          claimed.rewrites ||= observed.rewrites.size > 0;
        }
        claim(step, judgements);
      }
      // After a refusal none is open, which PostgreSQL only warns of.
      if (script.transaction) await client.query("commit");
    }
    return claimed;

    function claim(step: Step, judgements: readonly Judgement[]): void {
      if (judgements.length === 0) return;
      for (const mode of step.effects.locks.values()) claimed.locks.add(mode);
      for (const { mode } of step.transaction?.held.values() ?? []) claimed.locks.add(mode);
      claimed.rewrites ||= !step.effects.unsure && step.effects.rewrites.size > 0;
      claimed.scans ||= !step.effects.unsure && step.effects.scans.size > 0;
    }
  }

  async function run(
    client: pg.Client,
    step: Step,
    existed: ReadonlySet<number>,
    at: string,
  ): Promise<Observation | undefined> {
    try {
      if ("TransactionStmt" in step.node || "VariableSetStmt" in step.node) {
        await client.query(step.sql);
        return undefined;
      }
      if (step.transaction) return await observeInTransaction(client, observer, existed, step.sql);
      if (outsideTransaction(step.node)) return await observeAlone(client, observer, step.sql);
      await client.query("begin");
      const observation = await observeInTransaction(client, observer, existed, step.sql);
      await client.query("commit");
      return observation;
    } catch (cause) {
      throw new Error(`${at} ${step.sql}: ${(cause as Error).message}`, { cause });
    }
  }

  function compare(step: Step, observed: Observation, at: string): void {
    const { effects, node, transaction } = step;
    const kind = Object.keys(node)[0] ?? "";
    // What a block or procedure does is not predicted from its text.
    if (kind === "DoStmt" || kind === "CallStmt") return;
    const known = (names: Iterable<string>) => [...names].filter((name) => step.schema.relations.has(name)).toSorted();
    if (!outsideTransaction(node)) {
      const expected = new Map([...(transaction?.held.values() ?? [])].map(({ relation, mode }) => [relation, mode]));
      for (const [name, mode] of effects.locks) expected.set(name, strongerMode(expected.get(name), mode));
      const spell = (locks: ReadonlyMap<string, string>) =>
        [...locks]
          .filter(([name]) => step.schema.relations.has(name) && !isNewHere(step, name))
          .map(([name, mode]) => `${mode} on ${name}`)
          .toSorted();
      expect(spell(observed.locks), `locks of ${at}`).toEqual(spell(expected));
    }
    if (effects.unsure) return;
    const old = (names: Iterable<string>) => known(names).filter((name) => !isNewHere(step, name));
    expect(old(observed.rewrites), `rewrites of ${at}`).toEqual(old(effects.rewrites));
    if (queries.has(kind) || outsideTransaction(node)) return;
    expect(old(observed.scans), `scans of ${at}`).toEqual(old(effects.scans));
  }

  /** Runs the migrations with the SQL of each help in place of the statement it is about, statement by statement. */
  async function runRemedies(client: pg.Client, rule: Rule, migrations: readonly FixtureMigration[]): Promise<void> {
    const usable = migrations.filter(({ from, to }) => major >= from && major <= to);
    const { findings } = judged(historyOf(usable), {
      rules,
      majors: [major],
      settings: fixtureSettings(rule.id),
    });
    let session: Session = { ...openSession(), newestMajor: major };
    for (const [number, usableMigration] of usable.entries()) {
      const { file } = usableMigration;
      const script = scriptOf(usableMigration);
      const walked = walkScript({ ...session, migration: number }, script);
      session = walked.session;
      for (const step of walked.steps.filter(({ inner }) => !inner)) {
        const helps = findings.filter(
          (finding) => finding.ruleId === rule.id && finding.file === file && finding.line === step.line,
        );
        if (helps.length === 0) {
          if (!("TransactionStmt" in step.node)) await client.query(step.sql);
          continue;
        }
        const remedies = helps.map(({ help = "" }) =>
          help
            .split("\n\n")
            .filter((part) => part.endsWith(";"))
            .join("\n"),
        );
        const migration = { number, file, direction: "up" as const, steps: walked.steps, majors: [major] };
        const refused = [...rule.check(step, migration)].some(({ sqlState }) => sqlState !== undefined);
        // Where the help is words alone, what comes later still needs what the statement makes.
        if (remedies.every((sql) => sql === "") && !refused) {
          if (!outsideTransaction(step.node)) await client.query("begin");
          await client.query(step.sql);
          if (!outsideTransaction(step.node)) await client.query("commit");
        }
        for (const sql of remedies) {
          for (const { sql: statement } of splitStatements(sql))
            await client.query(statement).catch((cause: Error) => {
              throw new Error(`${file}:${step.line}: ${statement}: ${cause.message}`, { cause });
            });
        }
      }
    }
  }
});

/** What a rule claims of a fixture, and what the server shows of the first statement that it reports. */
interface Claimed {
  readonly locks: Set<string>;
  rewrites: boolean;
  scans: boolean;
  shown?: ReturnType<typeof evidenceOf>;
}

/** What a rule says of what was observed. */
function observedJudgements(
  rule: Rule | undefined,
  { locks, rewrites, drops, scans }: Observation,
  step: Step,
  migration: Migration,
): readonly Judgement[] {
  const taken = [...locks].map(([relation, mode]) => ({ relation, mode }));
  const rewritten = [...rewrites];
  const observed = {
    locks: taken,
    tablesLocked: taken,
    held: taken,
    rewrites: rewritten,
    rewrittenTables: rewritten,
    drops: [...drops],
    scans: [...scans],
  };
  return [...(rule?.observe?.(observed, step, migration) ?? [])];
}

/** Statements whose plan decides what they read, and TRUNCATE, which builds the indexes of a table that is empty. */
const queries = new Set([
  "TruncateStmt",
  "SelectStmt",
  "InsertStmt",
  "UpdateStmt",
  "DeleteStmt",
  "MergeStmt",
  "CreateTableAsStmt",
  "RefreshMatViewStmt",
  "CopyStmt",
  "DoStmt",
  "CallStmt",
  "ExplainStmt",
]);

/** Whether the transaction itself made the relation: what it does to that, nobody sees. */
function isNewHere(step: Step, name: string): boolean {
  return step.isFresh(name) || (step.transaction !== undefined && !step.transaction.before.schema.relations.has(name));
}
