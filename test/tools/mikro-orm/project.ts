import { cpSync, mkdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { workingTree } from "../../../src/files/working-tree.ts";
import type { Project } from "../../../src/project.ts";
import { childEnvironment } from "../../../src/sessions/child-environment.ts";
import { openDriverSession, type DriverSession } from "../../../src/sessions/driver-session.ts";
import { findNode } from "../../../src/sessions/node-interpreter.ts";
import type { DatabaseConnection } from "../../../src/database-connection.ts";
import { mikroOrm } from "../../../src/tools/mikro-orm/tool.ts";
import type { DetectedProject } from "../../../src/tools/tool.ts";
import { testRepository, type TestRepository } from "../../support/repository.ts";

const fixtures = fileURLToPath(new URL("../../fixtures/mikro-orm/", import.meta.url));

/** The versions that are installed for the tests. */
export const versions = ["v5", "v6", "v7"] as const;
export type Version = (typeof versions)[number];

/** A committed repository with a fixture project in it, and MikroORM installed as `node_modules` that git ignores. */
export function canal(fixture: string, version: Version, packages: readonly string[] = []): TestRepository {
  const repository = testRepository();
  cpSync(join(fixtures, fixture), repository.root, { recursive: true });
  linkMikroOrm(version, repository.root);
  for (const name of packages) link(name, version, repository.root);
  repository.commit({ ".gitignore": "node_modules\n" });
  return repository;
}

/** Installs MikroORM with its migrations for PostgreSQL. */
export function linkMikroOrm(version: Version, root: string): void {
  for (const name of ["core", "migrations", "postgresql"]) link(`@mikro-orm/${name}`, version, root);
}

/** Installs a package by a link, at the version that the fixture of that name has. */
export function link(name: string, version: Version, root: string): void {
  const require = createRequire(join(fixtures, version, "package.json"));
  const folder = (require.resolve.paths(name) ?? [])
    .map((directory) => join(directory, name))
    .find((candidate) => {
      try {
        return readFileSync(join(candidate, "package.json")).length > 0;
      } catch {
        return false;
      }
    });
  if (folder === undefined) throw new Error(`${name} is not installed for ${version}.`);
  const target = join(root, "node_modules", name);
  mkdirSync(dirname(target), { recursive: true });
  symlinkSync(realpathSync(folder), target);
}

/** What detection finds, with the defaults of an empty configuration. */
export function detected(root: string): readonly Project[] {
  return mikroOrm.detect(workingTree(root)).map(withDefaults);
}

export function withDefaults(found: DetectedProject): Project {
  return { name: "canal", environment: {}, prelude: [], oneWay: {}, allowEmpty: false, ...found };
}

/** Opens the project with the driver, as the gate does. */
export function openCanal(
  root: string,
  connection: DatabaseConnection | undefined,
  options: { readonly project?: Project; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<DriverSession> {
  const project = options.project ?? (detected(root)[0] as Project);
  const runner = mikroOrm.runner(project);
  if (runner.kind !== "driver") throw new Error("not a driver");
  const directory = join(root, project.directory);
  const parent = { ...process.env, ...options.environment };
  return openDriverSession({
    command: [...findNode(root, directory, project.interpreter, parent).command, fileURLToPath(runner.driver)],
    environment: childEnvironment(parent, connection, project.environment),
    repository: root,
    directory,
    settings: runner.settings,
    ...(connection ? { connection } : {}),
  });
}
