import { expect, test } from "vitest";
import { openChange } from "../../src/repository/repository.ts";
import { testRepository } from "../support/repository.ts";

test("a sparse checkout that leaves out migrations is refused, whether some or all of them", () => {
  using repository = testRepository({ "m/1_a.up.sql": "SELECT 1", "m/1_a.down.sql": "SELECT 1", "docs/a.txt": "" });
  repository.branch({ "m/2_b.up.sql": "SELECT 1" });
  const open = () => openChange({ directory: repository.root, base: "main" });

  repository.git("sparse-checkout", "set", "--no-cone", "docs", "/m/1*");
  expect(open).toThrow(/leaves out a migration, for example "m\/2_b\.up\.sql".*git sparse-checkout add/);
  repository.git("sparse-checkout", "set", "docs");
  expect(open).toThrow("leaves out 3 files of the migrations");
  repository.git("sparse-checkout", "set", "m");
  expect(open().projects).toHaveLength(1);
});
