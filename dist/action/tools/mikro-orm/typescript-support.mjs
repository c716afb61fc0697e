import { existsSync, readFileSync, statSync } from "node:fs";
import * as nodeModule from "node:module";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fileUrl, nearestPackage } from "./project-packages.mjs";
import { SetupError } from "./setup-error.mjs";

/**
 * Makes the project's TypeScript loadable, with the first loader that is installed in it, in the order in which
 * MikroORM's command line asks them. Where there is none, its compiler translates; where there is not even that, Node
 * strips the types. Returns how to load a file.
 */
export async function supportTypeScript(packages, major, core) {
  const asked = process.env.MIKRO_ORM_CLI_TS_LOADER ?? packages.settings.tsLoader ?? "auto";
  const tsConfig = process.env.MIKRO_ORM_CLI_TS_CONFIG_PATH ?? packages.settings.tsConfigPath ?? "tsconfig.json";
  const configPath = isAbsolute(tsConfig) ? tsConfig : join(packages.directory, tsConfig);
  const names = Object.keys(loaders);
  // Versions 5 and 6 know only ts-node.
  const order = major < 7 ? ["ts-node", ...names] : names;
  for (const name of order)
    if ((asked === "auto" || asked === name) && (await tryLoader(loaders[name], { packages, major, core, configPath })))
      return importer(packages, name);
  throw new SetupError(
    "The project's TypeScript cannot be loaded: it has no loader installed (tsx, ts-node, swc, oxc or jiti), and " +
      `Node ${process.versions.node} cannot load it by itself. Install one, or use Node 22.18 or newer.`,
  );
}

/** How to load a file of a project that has no TypeScript. */
export const importJavaScript = (packages) => importer(packages, undefined);

async function tryLoader(register, project) {
  try {
    return await register(project);
  } catch {
    // An installed loader that does not start (too old for this Node, or for its compiler) is as good as none.
    return false;
  }
}

const loaders = {
  oxc: ({ packages }) => importIfInstalled(packages, "@oxc-node/core", "./register"),
  swc({ packages, configPath }) {
    process.env.SWC_NODE_PROJECT ??= configPath;
    return packages.isModule
      ? importIfInstalled(packages, "@swc-node/register", "./esm-register")
      : requireIfInstalled(packages, "@swc-node/register");
  },
  async tsx({ packages, configPath }) {
    if (!packages.has("tsx")) return false;
    const tsconfig = existsSync(configPath) ? { tsconfig: configPath } : {};
    packages.require("tsx/cjs/api").register();
    const { register } = await import(fileUrl(packages.resolveImport("tsx", "./esm/api")));
    register(tsconfig);
    return true;
  },
  jiti: ({ packages }) => importIfInstalled(packages, "jiti", "./register"),
  tsimp({ packages, configPath }) {
    process.env.TSIMP_PROJECT ??= configPath;
    return importIfInstalled(packages, "tsimp", "./import");
  },
  async "ts-node"({ packages, major, core, configPath }) {
    if (packages.isModule || !packages.has("ts-node")) return false;
    if (existsSync(configPath) && core.ConfigurationLoader) return core.ConfigurationLoader.registerTsNode(configPath);
    packages.require("ts-node").register({
      cwd: packages.directory,
      ...(existsSync(configPath) ? { project: configPath } : { skipProject: true }),
      transpileOnly: true,
      compilerOptions: major < 6 ? { module: "commonjs" } : { module: "nodenext", moduleResolution: "nodenext" },
    });
    return true;
  },
  /** The compiler alone, behind Node's hooks. Version 7 of it has no such interface. */
  typescript({ packages, configPath }) {
    if (!nodeModule.registerHooks || !packages.has("typescript")) return false;
    const compiler = packages.require("typescript");
    if (typeof compiler.transpileModule !== "function") return false;
    registerHooks(compilerOptions(compiler, configPath), (source, fileName, options) => {
      return compiler.transpileModule(source, { fileName, compilerOptions: options }).outputText;
    });
    return true;
  },
  node() {
    if (!process.features.typescript) return false;
    if (nodeModule.registerHooks) registerHooks();
    return true;
  },
};

async function importIfInstalled(packages, name, subpath) {
  const file = packages.resolveImport(name, subpath);
  if (file === undefined) return false;
  await import(fileUrl(file));
  return true;
}

function requireIfInstalled(packages, name) {
  if (!packages.has(name)) return false;
  packages.require(name);
  return true;
}

function compilerOptions(compiler, configPath) {
  const { config } = existsSync(configPath) ? compiler.readConfigFile(configPath, compiler.sys.readFile) : {};
  const { options } = compiler.parseJsonConfigFileContent(config ?? {}, compiler.sys, dirname(configPath));
  return {
    target: compiler.ScriptTarget.ES2022,
    ...options,
    inlineSourceMap: true,
    sourceMap: false,
    // What stands in a source map is to be the file that was read.
    outDir: undefined,
    rootDir: undefined,
    sourceRoot: undefined,
    mapRoot: undefined,
  };
}

/**
 * Lets relative imports leave out `.ts`, or say `.js` for it, as compilers do, and follows the `paths` of the compiler's
 * configuration. With `transpile`, it also translates what Node's own type stripping cannot (enums, decorators).
 */
function registerHooks(options, transpile) {
  nodeModule.registerHooks({
    resolve(specifier, context, next) {
      try {
        return next(specifier, context);
      } catch (error) {
        for (const candidate of candidates(specifier, context.parentURL, options))
          if (statSync(candidate, { throwIfNoEntry: false })?.isFile())
            return { url: fileUrl(candidate), shortCircuit: true };
        throw error;
      }
    },
    load(url, context, next) {
      if (!transpile || !/^file:.*\.[mc]?tsx?$/.test(url) || url.includes("/node_modules/")) return next(url, context);
      const path = fileURLToPath(url);
      const isModule =
        path.endsWith(".mts") || (!path.endsWith(".cts") && nearestPackage(dirname(path)).type === "module");
      const source = transpile(readFileSync(path, "utf8"), path, {
        ...options,
        module: isModule ? 99 /* ESNext */ : 1 /* CommonJS */,
        moduleResolution: undefined,
        verbatimModuleSyntax: false,
      });
      return { format: isModule ? "module" : "commonjs", source, shortCircuit: true };
    },
  });
}

function* candidates(specifier, parentURL, options) {
  const bases = [];
  if (/^\.\.?(\/|$)/.test(specifier) && parentURL?.startsWith("file:"))
    bases.push(join(dirname(fileURLToPath(parentURL)), specifier));
  else if (isAbsolute(specifier)) bases.push(specifier);
  else if (specifier.startsWith("file:")) bases.push(fileURLToPath(specifier));
  else
    for (const [pattern, targets] of Object.entries(options?.paths ?? {})) {
      const [before, after = ""] = pattern.split("*");
      if (!specifier.startsWith(before) || !specifier.endsWith(after)) continue;
      const rest = specifier.slice(before.length, specifier.length - after.length);
      for (const target of targets)
        bases.push(join(options.baseUrl ?? options.pathsBasePath ?? ".", target.replace("*", rest)));
    }
  for (const base of bases) {
    yield base.replace(/\.([mc]?)js$/, ".$1ts");
    for (const ending of [".ts", ".js", ".cjs", ".mjs", "/index.ts", "/index.js"]) yield base + ending;
  }
}

/** MikroORM requires the files of a CommonJS project and imports those of a module. */
function importer({ isModule, require }, loader) {
  if (loader === "jiti" || loader === "tsimp")
    return async (path) => {
      const loaded = await import(fileUrl(path));
      return loaded?.default ?? loaded;
    };
  return async (path) => {
    if (!isModule && !/\.m[jt]s$/.test(path))
      try {
        return require(path);
      } catch (error) {
        if (!["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE"].includes(error?.code)) throw error;
      }
    return import(fileUrl(path));
  };
}
