import { expect, it } from "vitest";
import { withoutAddresses } from "../../src/action/hidden-target.ts";

it("a tenant's failure does not tell where its database is", () => {
  const databases = [{ name: "all", variable: "ALL_URL", schemas: ["acme"] }];
  const report = {
    schemaVersion: 1,
    project: "app",
    outcome: "failed",
    targets: [
      {
        name: "all/acme",
        outcome: "failed",
        message: "Nothing was applied to db.internal:5432/app as canal, schema acme.",
      },
    ],
  } as const;
  const environment = { ALL_URL: "postgresql://canal@db.internal/app" };
  const [told] = withoutAddresses(report, { databases, canary: 1, concurrency: 1 }, environment).targets;
  expect(told).toMatchObject({ message: "Nothing was applied to the database, schema acme." });
});
