import type { Files } from "../../files.ts";
import type { Project } from "../../project.ts";
import { ConfigurationError } from "../../errors.ts";
import { type Layout, ScriptError, type Source } from "./layout.ts";

const byteOrderMark = [0xef, 0xbb, 0xbf];

/** Read access to a project's migrations, as the texts that its tool would send. */
export function sourceOf(
  files: Files,
  layout: Layout,
  { environment, configFile }: Project,
  target: Source["target"],
): Source {
  const text = (path: string) => migrationText(files, path, layout);
  return {
    files,
    environment,
    text,
    ...(configFile === undefined ? {} : { configFile }),
    ...(target === undefined ? {} : { target }),
  };
}

function migrationText(files: Files, path: string, { title, stripsByteOrderMark = false }: Layout): string {
  const bytes = files.bytes(path);
  if (!stripsByteOrderMark && byteOrderMark.every((byte, index) => bytes[index] === byte))
    throw new ScriptError(
      `${path} begins with a byte-order mark, which ${title} sends to PostgreSQL and PostgreSQL refuses. Save it as UTF-8 without one.`,
      path,
      1,
    );
  if (bytes.includes(0))
    throw new ScriptError(
      `${path} holds a NUL byte, which PostgreSQL cannot read. Remove it, or save the file as UTF-8.`,
      path,
    );
  try {
    return files.text(path);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new ScriptError(error.message, path);
    throw error;
  }
}
