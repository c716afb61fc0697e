import { describe, expect, it } from "vitest";
import { discreet } from "../../src/apply/discreet.ts";
import type { StepFailure } from "../../src/sessions/session.ts";

const failure = (sqlState: string, message: string, statement: string): StepFailure => ({
  kind: "sql",
  revision: "2",
  sqlState,
  message,
  statement,
});

describe("a failure in production", () => {
  it.each([
    'duplicate key value violates unique constraint "boats_name". Key (name)=(Swallow) already exists.',
    "doppelter Schlüsselwert verletzt Unique-Constraint »boats_name«. Schlüssel »(name)=(Swallow)« existiert bereits.",
    'new row for relation "boats" violates check constraint "boats_check"\nDETAIL:  Failing row contains (1, Swallow).',
  ])("names the constraint and not the row: %s", (message) => {
    const shown = discreet(failure("23505", message, "ALTER TABLE boats ADD UNIQUE (name)"));
    expect(shown.message).toContain("boats_");
    expect(JSON.stringify(shown)).not.toContain("Swallow");
  });

  it.each([
    "INSERT INTO boats VALUES ('Swallow')",
    "-- names\n/* of /* boats */ */ INSERT INTO boats VALUES ('Swallow')",
  ])("shows no statement about rows: %s", (statement) => {
    expect(discreet(failure("42P01", 'relation "boats" does not exist', statement))).not.toHaveProperty("statement");
  });
});
