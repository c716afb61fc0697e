import { readFileSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { ConfigurationError, UsageError } from "../errors.ts";
import { decodeText } from "../files/decode-text.ts";
import type { LintFile } from "../lint.ts";

/** Reads a file that the command line names; `-` is standard input. @throws UsageError and ConfigurationError when it cannot be read */
export function readNamed(path: string): LintFile {
  try {
    if (path === "-") return { path: "<stdin>", text: decodeText("standard input", readFileSync(0)) };
    return {
      path: relative(process.cwd(), path).split(sep).join("/"),
      text: decodeText(path, readFileSync(path)),
      absolute: resolve(path),
    };
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT")
      throw new UsageError(`There is no file ${path}. Name files that exist, or - for standard input.`, { cause });
    if (code === "EISDIR")
      throw new UsageError(
        `${path} is a directory. Name files, or use --directory ${path} to judge the projects in it.`,
        { cause },
      );
    throw new UsageError(`The file ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
