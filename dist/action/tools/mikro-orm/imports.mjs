import { realpathSync } from "node:fs";
import * as nodeModule from "node:module";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Notes from now on which file imports which. Gives what these files import or have opened, and those in turn: for each file of the
 * repository that does so, their paths in it. Without Node's own hooks (before 22.15) only what was required is known.
 * @param require of the project
 * @param opened gives what a file has opened
 */
export function watchImports(require, opened) {
  const imported = new Map();
  nodeModule.registerHooks?.({
    resolve(specifier, context, next) {
      const result = next(specifier, context);
      const [from, to] = [pathOf(context.parentURL), pathOf(result.url)];
      if (from !== undefined && to !== undefined) imported.set(from, (imported.get(from) ?? new Set()).add(to));
      return result;
    },
  });
  const importsOf = (path) => [
    ...(imported.get(path) ?? []),
    ...(require.cache[path]?.children ?? []).map(({ filename }) => filename),
    ...opened(path),
  ];
  return (repository, paths) => {
    const isOwn = (path) => path?.startsWith(repository + sep) && !path.includes(`${sep}node_modules${sep}`);
    const named = (path) => relative(repository, path).split(sep).join("/");
    const waiting = paths.filter((path) => path !== undefined).map(realPath);
    const seen = new Set(waiting);
    const found = {};
    for (const path of waiting) {
      const own = [...new Set(importsOf(path).map(realPath))].filter((one) => one !== path && isOwn(one)).toSorted();
      if (own.length > 0) found[named(path)] = own.map(named);
      for (const one of own)
        if (!seen.has(one)) {
          seen.add(one);
          waiting.push(one);
        }
    }
    return found;
  };
}

function pathOf(url) {
  // What a loader puts behind the path is its own business.
  return url?.startsWith("file:") ? realPath(fileURLToPath(url.replace(/[?#].*$/, ""))) : undefined;
}

function realPath(path) {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
