import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ConfigurationError } from "../../src/errors.ts";
import { repositoryRoot } from "../../src/git/repository-root.ts";
import { testDirectory, testRepository } from "../support/repository.ts";

describe("the root of a repository", () => {
  const path = process.env["PATH"];
  afterEach(() => {
    process.env["PATH"] = path;
  });

  test.each([true, false])("is the top of the work tree (git installed: %s)", (hasGit) => {
    using repository = testRepository();
    repository.commit({ "services/shop/alembic.ini": "" });
    if (!hasGit) process.env["PATH"] = "/nowhere";
    expect(repositoryRoot(join(repository.root, "services/shop"))).toEqual({
      root: repository.root,
      directory: "services/shop",
    });
    expect(repositoryRoot(repository.root)).toEqual({ root: repository.root, directory: "." });
  });

  test("is the directory itself outside a repository, and links are resolved", () => {
    using directory = testDirectory();
    mkdirSync(join(directory.root, "real"));
    symlinkSync("real", join(directory.root, "link"));
    expect(repositoryRoot(join(directory.root, "link"))).toEqual({
      root: join(directory.root, "real"),
      directory: ".",
    });
  });

  test("is nowhere in a bare repository, nor in git's own directory", () => {
    using repository = testRepository();
    repository.commit({ "alembic.ini": "" });
    repository.git("clone", "--quiet", "--bare", ".", "bare.git");
    for (const place of ["bare.git", ".git"])
      expect(() => repositoryRoot(join(repository.root, place))).toThrow(/bare repository: no files are checked out/);
  });

  test("a directory that does not exist is named", () => {
    expect(() => repositoryRoot("/nowhere/at/all")).toThrow(ConfigurationError);
    expect(() => repositoryRoot("/nowhere/at/all")).toThrow("/nowhere/at/all does not exist");
  });
});
