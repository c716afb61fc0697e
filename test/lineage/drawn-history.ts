import type { History, Revision } from "../../src/history.ts";
import type { Project } from "../../src/project.ts";
import { topologicalOrder } from "../../src/lineage/order.ts";
import type { Tool } from "../../src/tools/tool.ts";

/**
 * The history that a drawing shows: `a ← b ← c; b ← d` for a branch point b with the heads c and d, `c, d ← m` for a merge, and
 * `x ⇠ y` where y depends on x. Revision `x` is in `versions/x.py`.
 */
export function drawn(drawing: string): History {
  const parents = new Map<string, string[]>();
  const dependencies = new Map<string, string[]>();
  for (const line of drawing.split(";").map((part) => part.trim())) {
    const [first = "", ...rest] = line.split(/([←⇠])/).map((part) => part.trim());
    let before = first.split(",").map((id) => id.trim());
    for (const id of before.filter((each) => each !== "" && !each.startsWith("?")))
      parents.set(id, parents.get(id) ?? []);
    for (let at = 0; at < rest.length; at += 2) {
      const id = rest[at + 1] as string;
      parents.set(id, parents.get(id) ?? []);
      const links = rest[at] === "←" ? parents : dependencies;
      links.set(id, [...(links.get(id) ?? []), ...before.map((each) => each.replace("?", ""))]);
      before = [id];
    }
  }
  const revisions = [...parents].map(([id, downRevisions]) => revision(id, downRevisions, dependencies.get(id)));
  const { ordered, stuck } = topologicalOrder(revisions);
  return { shape: "graph", revisions: [...ordered, ...stuck], problems: [] };
}

/** A revision in `versions/<id>.py`. */
export function revision(
  id: string,
  downRevisions: readonly string[] = [],
  dependsOn: readonly string[] = [],
): Revision {
  return { id, downRevisions, dependsOn, branchLabels: [], file: `versions/${id}.py`, downgrade: "present" };
}

/** A linear history of files; the id is the version, or the name where there is none. */
export function linear(...files: readonly string[]): History {
  const ids = files.map((file) => /(\d+)/.exec(file)?.[1] ?? file);
  return {
    shape: "linear",
    problems: [],
    revisions: files.map((file, index) => ({
      ...revision(ids[index] as string, ids.slice(index - 1, index)),
      file: `migrations/${file}`,
      ...(file.endsWith(".up.sql") ? { downFile: `migrations/${file.replace(".up.sql", ".down.sql")}` } : {}),
    })),
  };
}

/** A tool that reads nothing, to judge hand-made histories with. */
export function toolOf(tool: Partial<Tool> = {}): Tool {
  return {
    name: "alembic",
    title: "Alembic",
    docsUrl: "https://alembic.sqlalchemy.org",
    revisionIdLimit: 32,
    outsideTransaction: () => undefined,
    code: () => undefined,
    detect: () => [],
    readHistory: () => ({ shape: "graph", revisions: [], problems: [] }),
    runner: () => ({ kind: "sql" }),
    versionRecord: () => undefined,
    mergeCommand: (_, heads) => `alembic merge -m "merge heads" ${heads.join(" ")}`,
    ...tool,
  };
}

export function projectOf(project: Partial<Project> = {}): Project {
  return {
    name: "orchard",
    tool: "alembic",
    directory: ".",
    migrations: ["versions"],
    environment: {},
    prelude: [],
    oneWay: {},
    allowEmpty: false,
    ...project,
  };
}
