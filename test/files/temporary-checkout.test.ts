import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { temporaryCheckout } from "../../src/files/temporary-checkout.ts";
import { workingTree } from "../../src/files/working-tree.ts";
import { testRepository } from "../support/repository.ts";

it("is gone with whoever made it, also after kill -9", async () => {
  using repository = testRepository({ "boats.sql": "SELECT 1;\n" });
  repository.commit("boats");
  const program = `
    import { temporaryCheckout } from ${JSON.stringify(import.meta.resolve("../../src/files/temporary-checkout.ts"))};
    import { workingTree } from ${JSON.stringify(import.meta.resolve("../../src/files/working-tree.ts"))};
    const root = ${JSON.stringify(repository.root)};
    console.log(temporaryCheckout(workingTree(root), root).root);
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const root = await new Promise<string>((resolve) =>
    child.stdout.once("data", (said) => resolve(String(said).trim())),
  );
  expect(existsSync(`${root}/boats.sql`)).toBe(true);
  child.kill("SIGKILL");
  await vi.waitFor(() => expect(existsSync(root)).toBe(false), { timeout: 10_000 });
});

it("is gone when it is disposed", () => {
  using repository = testRepository({ "boats.sql": "SELECT 1;\n" });
  const checkout = temporaryCheckout(workingTree(repository.root), repository.root);
  expect(existsSync(`${checkout.root}/boats.sql`)).toBe(true);
  checkout[Symbol.dispose]();
  expect(existsSync(checkout.root)).toBe(false);
});
