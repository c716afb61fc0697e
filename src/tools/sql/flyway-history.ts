import type { Files } from "../../files.ts";
import type { History, HistoryProblem } from "../../history.ts";
import { canonical, compareVersions } from "./flyway-versions.ts";
import { type Entry, compareText, ignoredFiles, linearHistory } from "./linear-history.ts";
import { notRun, programMigrations } from "./not-run.ts";
import { baseName } from "./place.ts";

/** The names of migrations that have a version. */
export const versioned = /^([VU])([0-9][0-9._]*)__(.*)\.sql$/;
/** The same, as `sqlMigrationPrefix` with nothing in it has them. */
export const withoutPrefix = /^()([0-9][0-9._]*)__(.*)\.sql$/;
/** The names of those that run again when they are edited. */
export const repeatable = /^R__(.*)\.sql$/;
const callback = /^(before|after|create)[A-Z]\w*(__.*)?\.sql$/;
const baseline = /^B[0-9][0-9._]*__.*\.sql$/;

/** The history that Flyway makes of the files in its locations, and in every folder below them. */
export function flywayHistory(files: Files, directories: readonly string[]): History {
  const paths = directories.flatMap((directory) => files.list(directory)).filter((path) => path.endsWith(".sql"));
  const pattern = paths.some((path) => versioned.test(baseName(path))) ? versioned : withoutPrefix;
  const undo = new Map<string, string>();
  const numbered: Entry[] = [];
  const repeated: Entry[] = [];
  const others: string[] = [];
  for (const file of paths) {
    const [, kind, version = "", title = ""] = pattern.exec(baseName(file)) ?? [];
    const id = version.replaceAll("_", ".");
    const [, repeatedTitle] = repeatable.exec(baseName(file)) ?? [];
    if (kind === "U") undo.set(canonical(id), file);
    else if (kind !== undefined) numbered.push({ id, title, file, downgrade: "unsupported" });
    else if (repeatedTitle !== undefined)
      repeated.push({ id: `R__${repeatedTitle}`, title: repeatedTitle, file, downgrade: "unsupported" });
    else others.push(file);
  }
  // Without any undo file the project does not use that edition; with some, a missing one is a gap.
  const missing = undo.size > 0 ? "absent" : "unsupported";
  const entries = numbered
    .toSorted((a, b) => compareVersions(a.id, b.id))
    .map((entry): Entry => {
      const downFile = undo.get(canonical(entry.id));
      return downFile === undefined ? { ...entry, downgrade: missing } : { ...entry, downFile, downgrade: "present" };
    });
  const programs = ["Java", "Kotlin"].map((language) => ({ language, paths: classes(files, directories, language) }));
  return linearHistory(
    [...entries, ...repeated.toSorted((a, b) => compareText(a.id, b.id))],
    [
      ...others.flatMap((file) => leftOver(files, file)),
      ...programs.flatMap(({ language, paths }) => programMigrations(files, paths, language)),
      ...twiceAsProgram(
        entries,
        programs.flatMap(({ paths }) => paths),
      ),
    ],
  );
}

/** What Flyway makes of a file that is no migration of its line. */
function leftOver(files: Files, file: string): readonly HistoryProblem[] {
  const name = baseName(file);
  if (callback.test(name))
    return [
      notRun(
        files,
        file,
        "a callback, which Flyway runs beside the migrations and not as one of them",
        "What the migrations need of it can be made before them, by SQL files under `prelude:` of the project in headgate.yml.",
      ),
    ];
  if (baseline.test(name))
    return [
      notRun(
        files,
        file,
        "a baseline, which Flyway runs on new databases in the place of all migrations up to its version. Those were looked at, and not whether it makes the same",
        "Compare the schemas that both make.",
      ),
    ];
  return ignoredFiles([file], "its name is none of V…__….sql, U…__….sql, B…__….sql and R__….sql");
}

/** In a module of Maven or Gradle, beside its resources, those of the same Flyway are classes. */
function classes(files: Files, directories: readonly string[], language: string): readonly string[] {
  const modules = directories.flatMap(
    (directory) => /^(.*\/)?src\/main\/(?=resources\/)/.exec(`${directory}/`)?.[0] ?? [],
  );
  const ending = language === "Kotlin" ? ".kt" : ".java";
  return [...new Set(modules)]
    .flatMap((module) => ["java", "kotlin"].flatMap((folder) => files.list(`${module}${folder}`)))
    .filter((path) => path.endsWith(ending) && /^(?:[VU][0-9_.]+|R)__\w+\.\w+$/.test(baseName(path)));
}

/** Flyway refuses to start where a class has the version of a file. Which of them may move, the files alone don't tell. */
const twiceAsProgram = (entries: readonly Entry[], programs: readonly string[]): readonly HistoryProblem[] =>
  programs.flatMap((program): HistoryProblem[] => {
    const version = /^V([0-9_.]+?)__/.exec(baseName(program))?.[1]?.replaceAll("_", ".");
    const entry = entries.find(({ id }) => version !== undefined && canonical(id) === canonical(version));
    if (entry === undefined) return [];
    const files = [entry.file, program];
    const message = `${files.join(" and ")} have the same version, ${entry.id}.`;
    return [{ kind: "duplicate", message, files, revisions: [entry.id], twins: [] }];
  });
