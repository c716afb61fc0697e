import { z } from "zod";
import { configurationSchema } from "../src/repository/configuration.ts";

type Schema = z.core.JSONSchema.JSONSchema;

/** Every key of `headgate.yml`, a table for each object in it. */
export const configurationKeys = (): string =>
  tables("", z.toJSONSchema(configurationSchema, { io: "input", unrepresentable: "any" })).join("\n\n");

function tables(path: string, schema: Schema): readonly string[] {
  const keys = Object.entries(schema.properties ?? {}) as readonly (readonly [string, Schema])[];
  const rows = keys.map(([key, value]) => {
    const name = isNested(value) && !isSeenAbove(path, key) ? `[\`${key}\`](#${slug(path + key)})` : `\`${key}\``;
    return `| ${name}${schema.required?.includes(key) ? " (required)" : ""} | ${meaning(value)} | ${initial(value)} |`;
  });
  return [
    ...(path === "" ? [] : [`### \`${path.slice(0, -1)}\``]),
    ["| key | means | default |", "|---|---|---|", ...rows].join("\n"),
    ...keys
      .filter(([key, value]) => isNested(value) && !isSeenAbove(path, key))
      .flatMap(([key, value]) => tables(`${path}${key}.`, inside(value))),
  ];
}

/** What a key holds, or each entry of its list. */
const inside = (schema: Schema): Schema => (schema.type === "array" ? (schema.items as Schema) : schema);

const isNested = (schema: Schema): boolean => inside(schema).properties !== undefined;

/** The limits of a database are those of its project. */
const isSeenAbove = (path: string, key: string): boolean => key === "limits" && path !== "projects.";

function meaning({ description = "", enum: choices }: Schema): string {
  const isShort = choices !== undefined && choices.length <= 8;
  return isShort
    ? `${description} One of ${choices.map((choice) => `\`${String(choice)}\``).join(", ")}.`
    : description;
}

function initial({ default: value }: Schema): string {
  const isEmpty = typeof value === "object" && Object.keys(value ?? {}).length === 0;
  return value === undefined || isEmpty ? "" : `\`${String(value)}\``;
}

/** As GitHub makes it of a heading. */
const slug = (path: string): string => path.replaceAll(".", "");
