import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/errors.ts";
import type { Files } from "../../src/files.ts";
import { commitTree } from "../../src/files/commit-tree.ts";
import { workingTree } from "../../src/files/working-tree.ts";
import { type TestRepository, testDirectory, testRepository } from "../support/repository.ts";

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error("It was read.");
}

/** The same files, seen in each of the ways there are. */
const views: Readonly<Record<string, () => readonly [TestRepository, (directory: TestRepository) => Files]>> = {
  "a directory without git": () => [testDirectory(), ({ root }) => workingTree(root)],
  "a work tree with nothing committed": () => [testRepository(), ({ root }) => workingTree(root)],
  "a work tree with everything committed": () => [
    testRepository(),
    (repository) => {
      repository.commit({});
      return workingTree(repository.root);
    },
  ],
  "a commit": () => [testRepository(), (repository) => commitTree(repository.root, repository.commit({}))],
};

describe.each(Object.entries(views))("%s", (_, make) => {
  test("lists by code unit, below a directory or all", () => {
    const [directory, read] = make();
    using _ = directory;
    for (const path of ["b/2.sql", "b/10.sql", "B/1.sql", "b.sql", "b/ä.sql", "b0/x", "a b/c\nd"])
      directory.write({ [path]: path });
    const files = read(directory);
    expect(files.list()).toEqual(["B/1.sql", "a b/c\nd", "b.sql", "b/10.sql", "b/2.sql", "b/ä.sql", "b0/x"]);
    expect(files.list("b")).toEqual(["b/10.sql", "b/2.sql", "b/ä.sql"]);
    expect(files.list("./b/")).toEqual(files.list("b"));
    expect(files.list("b.sql")).toEqual([]);
    expect(files.list("missing")).toEqual([]);
    expect(files.list("..")).toEqual([]);
    for (const path of files.list()) expect(files.text(path)).toBe(path);
  });

  test("leaves out dependencies, and keeps what was built", () => {
    const [directory, read] = make();
    using _ = directory;
    const kept = ["build/1.sql", "dist/Migration1.js", "vendor/1.sql", "target/1.sql"];
    const leftOut = [
      "node_modules/pg/index.js",
      "app/node_modules/x/1.sql",
      "a/__pycache__/1.pyc",
      ".venv/x.py",
      "lib/site-packages/alembic/x.py",
      "go/vendor/modules.txt",
      "go/vendor/x/1.sql",
    ];
    for (const path of [...kept, ...leftOut]) directory.write({ [path]: "" });
    expect(read(directory).list()).toEqual(kept.toSorted());
  });

  test("a byte-order mark is taken off, line ends stay", () => {
    const [directory, read] = make();
    using _ = directory;
    directory.write({ "1.sql": "\uFEFFselect 1;\r\nselect 2;\r\n" });
    const files = read(directory);
    expect(files.text("1.sql")).toBe("select 1;\r\nselect 2;\r\n");
    expect(Array.from(files.bytes("1.sql").slice(0, 3))).toEqual([0xef, 0xbb, 0xbf]);
  });

  test("what is not UTF-8 is refused, with the place", () => {
    const [directory, read] = make();
    using _ = directory;
    directory.write({
      "latin1.sql": Buffer.concat([Buffer.from("select 'ä';\n-- caf"), Buffer.of(0xe9), Buffer.from(" x")]),
    });
    directory.write({ "cut.sql": Buffer.from("select '€").subarray(0, 9) });
    directory.write({ "utf16.sql": Buffer.from("\uFEFFselect 1", "utf16le") });
    const files = read(directory);
    expect(refusal(() => files.text("latin1.sql"))).toBe(
      "latin1.sql:2 is not UTF-8: byte 20 of the file is 0xe9. Save it as UTF-8.",
    );
    expect(refusal(() => files.text("cut.sql"))).toBe(
      "cut.sql:1 is not UTF-8: byte 9 of the file is 0xe2. Save it as UTF-8.",
    );
    expect(refusal(() => files.text("utf16.sql"))).toBe("utf16.sql is UTF-16, not UTF-8. Save it as UTF-8.");
    expect(files.bytes("latin1.sql").length).toBe(22);
  });

  test.runIf(process.platform === "linux")("a name that is not UTF-8 is shown with its bytes, and can be read", () => {
    const [directory, read] = make();
    using _ = directory;
    mkdirSync(join(directory.root, "d"));
    const name = Buffer.concat([Buffer.from(`${directory.root}/d/caf`), Buffer.of(0xe9), Buffer.from("-é.sql")]);
    writeFileSync(name, "select 1");
    const files = read(directory);
    expect(files.list()).toEqual(["d/caf\\xe9-é.sql"]);
    expect(files.exists("d/caf\\xe9-é.sql")).toBe(true);
    expect(files.text("d/caf\\xe9-é.sql")).toBe("select 1");
  });

  test("links are followed inside the root only, and never in circles", () => {
    const [directory, read] = make();
    using _ = directory;
    using outside = testDirectory();
    outside.write({ "secret.sql": "secret" });
    directory.write({ "shared/1.sql": "one" });
    const links = {
      "to-file.sql": "shared/1.sql",
      "to-folder": "shared",
      loop: "loop",
      here: ".",
      out: join(outside.root, "secret.sql"),
      "out-folder": outside.root,
      up: `../${outside.root.split("/").at(-1)}/secret.sql`,
      broken: "nowhere",
    };
    for (const [name, target] of Object.entries(links)) symlinkSync(target, join(directory.root, name));
    const files = read(directory);
    expect(files.list().filter((path) => files.exists(path))).toEqual(["shared/1.sql", "to-file.sql"]);
    expect(files.list("to-folder")).toEqual(["to-folder/1.sql"]);
    expect(files.text("to-file.sql")).toBe("one");
    expect(files.text("to-folder/1.sql")).toBe("one");
    expect(files.text("here/here/to-folder/1.sql")).toBe("one");
    for (const path of [
      "loop",
      "here",
      "out",
      "out-folder/secret.sql",
      "up",
      "broken",
      "../x",
      "/etc/passwd",
      "to-folder",
    ]) {
      expect({ path, exists: files.exists(path) }).toEqual({ path, exists: false });
      expect(refusal(() => files.text(path))).toContain(path);
    }
    expect(files.list("out-folder")).toEqual([]);
  });

  test("many files", () => {
    const [directory, read] = make();
    using _ = directory;
    const paths = Array.from({ length: 700 }, (_, index) => `m/${String(index).padStart(5, "0")}/up.sql`);
    for (const path of paths) directory.write({ [path]: path });
    const files = read(directory);
    expect(files.list("m")).toEqual(paths);
    expect(paths.every((path) => files.text(path) === path)).toBe(true);
  });
});

describe("a working tree", () => {
  test("follows .gitignore, except for what is asked for by name", () => {
    using repository = testRepository();
    repository.commit({ ".gitignore": "ignored\n*.ini\n!kept.ini\n", "kept.ini": "", "1.sql": "", "2.sql": "" });
    repository.write({ "ignored/1.sql": "one" });
    repository.write({ "alembic.ini": "[alembic]" });
    repository.write({ "3.sql": "" });
    rmSync(join(repository.root, "2.sql"));
    const files = workingTree(repository.root);
    expect(files.list()).toEqual([".gitignore", "1.sql", "3.sql", "kept.ini"]);
    expect(files.exists("2.sql")).toBe(false);
    expect(files.text("alembic.ini")).toBe("[alembic]");
    expect(files.list("ignored")).toEqual(["ignored/1.sql"]);
  });

  test("an environment is left out by its mark, but a committed file cannot hide migrations", () => {
    using repository = testRepository();
    repository.commit({ "migrations/1.sql": "", "migrations/pyvenv.cfg": "", "migrations/CACHEDIR.TAG": "" });
    repository.write({ "env/pyvenv.cfg": "" });
    repository.write({ "env/bin/x.py": "" });
    expect(workingTree(repository.root).list()).toEqual([
      "migrations/1.sql",
      "migrations/CACHEDIR.TAG",
      "migrations/pyvenv.cfg",
    ]);
    rmSync(join(repository.root, ".git"), { recursive: true });
    repository.write({ "pom.xml": "" });
    repository.write({ "target/classes/1.sql": "" });
    expect(workingTree(repository.root).list()).toEqual(["pom.xml"]);
  });

  test("other repositories in it are not searched, unless asked for by name", () => {
    using repository = testRepository();
    using other = testRepository();
    other.commit({ "1.sql": "one" });
    repository.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", other.root, "sub");
    repository.commit({ "2.sql": "" });
    execFileSync("git", ["clone", "--quiet", other.root, "nested"], { cwd: repository.root, stdio: "ignore" });
    const files = workingTree(repository.root);
    expect(files.list()).toEqual([".gitmodules", "2.sql"]);
    expect(files.list("sub")).toEqual(["sub/1.sql"]);
    expect(files.list("nested")).toEqual(["nested/1.sql"]);
    expect(commitTree(repository.root, "HEAD").list()).toEqual([".gitmodules", "2.sql"]);
  });

  test("files that a sparse checkout leaves out are not there; conflicted ones are, once", () => {
    using repository = testRepository();
    repository.commit({ "in/1.sql": "base", "out/2.sql": "" });
    repository.git("switch", "--quiet", "--create", "other");
    repository.commit({ "in/1.sql": "theirs" });
    repository.git("switch", "--quiet", "main");
    repository.commit({ "in/1.sql": "ours" });
    expect(() => repository.git("merge", "other")).toThrow("merge other");
    expect(workingTree(repository.root).list()).toEqual(["in/1.sql", "out/2.sql"]);
    repository.git("merge", "--abort");
    repository.git("sparse-checkout", "set", "in");
    expect(workingTree(repository.root).list()).toEqual(["in/1.sql"]);
  });

  test("a pipe is not waited for", () => {
    using directory = testDirectory();
    execFileSync("mkfifo", [join(directory.root, "pipe.sql")]);
    const files = workingTree(directory.root);
    expect(files.list()).toEqual([]);
    expect(refusal(() => files.text("pipe.sql"))).toBe("pipe.sql is not a file.");
  });

  test.runIf(process.getuid?.() === 0)("what may not be read is named", () => {
    using directory = testDirectory();
    directory.write({ "open/1.sql": "" });
    directory.write({ "1.sql": "" });
    directory.write({ "closed/1.sql": "" });
    execFileSync("chmod", ["-R", "go+rX", directory.root]);
    execFileSync("chmod", ["go-rwx", join(directory.root, "closed"), join(directory.root, "1.sql")]);
    const { seteuid } = process;
    if (seteuid === undefined) throw new Error("This platform has no users.");
    seteuid.call(process, 65534);
    try {
      const files = workingTree(directory.root);
      expect(files.list()).toEqual(["1.sql", "open/1.sql"]);
      expect(refusal(() => files.text("1.sql"))).toBe("1.sql cannot be read: permission denied.");
      expect(refusal(() => files.list("closed"))).toBe("The directory closed cannot be read: EACCES.");
    } finally {
      seteuid.call(process, 0);
    }
  });

  test("is a list made once", () => {
    using directory = testDirectory();
    directory.write({ "1.sql": "" });
    const files = workingTree(directory.root);
    expect(files.list()).toEqual(["1.sql"]);
    directory.write({ "2.sql": "" });
    expect(files.list()).toEqual(["1.sql"]);
    expect(files.exists("2.sql")).toBe(true);
  });
});

describe("a commit", () => {
  test("is read as it was, whatever is on disk, also relative to a directory", () => {
    using repository = testRepository();
    const commit = repository.commit({ "app/m/1.sql": "one", "other/2.sql": "" });
    repository.commit({ "app/m/1.sql": "changed" });
    expect(commitTree(repository.root, commit).text("app/m/1.sql")).toBe("one");
    const inside = commitTree(join(repository.root, "app"), commit);
    expect(inside.list()).toEqual(["m/1.sql"]);
    expect(inside.text("m/1.sql")).toBe("one");
    mkdirSync(join(repository.root, "later"));
    expect(commitTree(join(repository.root, "later"), commit).list()).toEqual([]);
  });

  test("is written to disk nowhere and changes nothing", () => {
    using repository = testRepository();
    const commit = repository.commit({ "1.sql": "one" });
    repository.write({ "1.sql": "changed" });
    repository.write({ "2.sql": "" });
    const before = repository.git("status", "--porcelain");
    expect(commitTree(repository.root, commit).list()).toEqual(["1.sql"]);
    expect(repository.git("status", "--porcelain")).toBe(before);
  });

  test("a large file, and one that git lacks", () => {
    using repository = testRepository();
    const large = "select 1;\n".repeat(1_000_000);
    const commit = repository.commit({ "1.sql": large, "2.sql": "lost" });
    const object = repository.git("rev-parse", "HEAD:2.sql");
    rmSync(join(repository.root, ".git/objects", object.slice(0, 2), object.slice(2)));
    const files = commitTree(repository.root, commit);
    expect(files.text("1.sql") === large).toBe(true);
    expect(refusal(() => files.text("2.sql"))).toContain("git does not have its content");
    expect(refusal(() => commitTree(repository.root, "0".repeat(40)))).toContain("cannot be listed");
  });
});

test.each([
  ["no git", testDirectory],
  ["git", testRepository],
])("with %s, a link that leads nowhere or out is listed, so that whoever reads it is told", (_, make) => {
  using directory = make();
  for (const [name, target] of [
    ["1.sql", "nowhere"],
    ["2.sql", "2.sql"],
    ["3.sql", "/etc/hostname"],
    ["4.sql", "/etc"],
  ] as const)
    symlinkSync(target, join(directory.root, name));
  const files = workingTree(directory.root);
  expect(files.list()).toEqual(["1.sql", "2.sql", "3.sql"]);
  expect(refusal(() => files.text("1.sql"))).toBe("1.sql cannot be read: it does not exist.");
  expect(refusal(() => files.text("2.sql"))).toBe("2.sql cannot be read: its symbolic links lead in a circle.");
  expect(refusal(() => files.text("3.sql"))).toBe("3.sql is outside the repository and is not read.");
});
