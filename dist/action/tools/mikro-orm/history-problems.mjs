// Plain JavaScript because both sides say these sentences: Headgate when it reads files, the driver when it asks MikroORM.

/** What a generated migration's file is called. */
export const generatedName = /^Migration\d{14}.*\.[mc]?[jt]s$/;

/** Files that could hold code that runs; declarations cannot. */
export const codeFile = /(?<!\.d)\.[mc]?[jt]s$/;

/** A test beside a migration is called after it, and nobody means it to be run as one. */
export const testFile = /\.(?:test|spec)\.[mc]?[jt]s$/;

function problem(kind, message, files, id, line) {
  return { kind, message, files, revisions: id === undefined ? [] : [id], ...(line === undefined ? {} : { line }) };
}

export function unreadable(file, message, id, line) {
  return problem("unreadable", message, [file], id, line);
}

/** `name` is the path below the folder of the migrations. */
export function ignored(file, name, glob) {
  const why = name.includes("/")
    ? "it is in a folder below the migrations, where MikroORM does not look"
    : `MikroORM only runs files that match \`${glob}\``;
  return problem("ignored", `${file} looks like a migration, but it is never run: ${why}. Move or rename it.`, [file]);
}

export function unlisted(file) {
  const message = `${file} looks like a migration, but it is never run: \`migrations.migrationsList\` does not have it. Add its class.`;
  return problem("ignored", message, [file]);
}

/** Whether a file names generated migrations beside it: libraries list theirs so, for the configuration that runs them. */
export const listsOthers = (text) => /["']\.\/Migration\d{14}[^"'\n]*["']/.test(text);

export function holdsNoMigration(file) {
  return problem(
    "other",
    `${file} holds no migration class, but MikroORM runs every file here as a migration and fails on this one. ` +
      "Move it out of the directory, or narrow `migrations.glob`.",
    [file],
  );
}

export function holdsSeveral(file, names, id, line) {
  return problem(
    "other",
    `${file} holds ${names.length} migration classes (${names.join(", ")}); ` +
      "MikroORM runs only the first that it exports. Put each into a file of its own.",
    [file],
    id,
    line,
  );
}

export function duplicate(first, second, id) {
  return problem(
    "duplicate",
    `${first} and ${second} are the same migration to MikroORM, which runs both. ` +
      "Delete one; if one was compiled from the other, compile into another directory.",
    [first, second],
    id,
  );
}

/**
 * The revisions of a linear history, each with the one before it as its parent.
 * `found` has, in the order MikroORM runs them, `{ id, file, downgrade }`.
 */
export function chain(found) {
  return found.map(({ id, file, downgrade }, index) => {
    const title = /^Migration\d{14}_(.+)$/.exec(id)?.[1];
    return {
      id,
      downRevisions: index === 0 ? [] : [found[index - 1].id],
      dependsOn: [],
      branchLabels: [],
      file,
      downgrade,
      ...(title === undefined ? {} : { title }),
    };
  });
}
