import { describe, expect, it } from "vitest";
import { codeOwnersOf } from "../../src/github/code-owners.ts";

const file = `
# who looks after what
*                 @everybody
/migrations/      @waterways/keepers @anna # both
/migrations/*.md
docs/             docs@example.org
/a\\ b/*.sql       @spaces
!/migrations/x    @nobody
/[m]igrations/    @nobody
`;

describe("codeOwnersOf", () => {
  it.each([
    ["src/index.ts", ["@everybody"]],
    ["migrations/0001.sql", ["@waterways/keepers", "@anna"]],
    ["migrations/deep/0002.sql", ["@waterways/keepers", "@anna"]],
    ["migrations/README.md", []],
    ["services/docs/guide.txt", ["docs@example.org"]],
    ["a b/1.sql", ["@spaces"]],
  ])("says whose %s is", (path, owners) => {
    expect(codeOwnersOf(file, path)).toEqual(owners);
  });
});
