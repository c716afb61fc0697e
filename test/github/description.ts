import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";

interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
}
interface Operation {
  readonly parameters?: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> };
  readonly responses: Readonly<Record<string, { readonly content?: unknown; readonly $ref?: string }>>;
}
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly examples: Readonly<Record<string, { readonly value: unknown }>> };
}

const file = fileURLToPath(import.meta.resolve("@octokit/openapi")).replace(
  /index\.js$/,
  "generated/api.github.com.json",
);
const description = JSON.parse(readFileSync(file, "utf8")) as Description;

// Numbers in an address are text until they are read as what the description says.
const ajv = addFormats.default(new Ajv({ strict: false, coerceTypes: false }));
const coercing = addFormats.default(new Ajv({ strict: false, coerceTypes: true }));
for (const one of [ajv, coercing]) one.addSchema(description, "github");

/** An operation that GitHub's description has, found for a request. */
export interface FoundOperation {
  /** As described, for example `/repos/{owner}/{repo}`. */
  readonly template: string;
  readonly path: Readonly<Record<string, string>>;
  /** The path as it was asked for. */
  readonly address: string;
  /** What is wrong with the request, by the description. */
  problems(query: URLSearchParams, body: unknown): readonly string[];
  /** Whether the description has an answer of this status. */
  answers(status: number): boolean;
  /** What is wrong with an answer, by the description. */
  problemsOfAnswer(status: number, body: unknown): readonly string[];
}

/** A copy of one of the description's own examples. */
export function example<Shape>(name: string): Shape {
  return structuredClone(description.components.examples[name]?.value) as Shape;
}

/** The operation for a method and a path; `undefined` when GitHub has none. */
export function findOperation(method: string, path: string): FoundOperation | undefined {
  for (const [template, operations] of Object.entries(description.paths)) {
    const operation = operations[method.toLowerCase()];
    if (!operation) continue;
    const names = [...template.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
    const pattern = new RegExp(`^${template.replaceAll(".", "\\.").replaceAll(/\{[^}]+\}/g, "([^/]+)")}$`);
    const values = pattern.exec(path)?.slice(1);
    if (!values) continue;
    const pathValues = Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(values[index] ?? "")]));
    const pointer = `github#/paths/${encodeURIComponent(template.replaceAll("~", "~0").replaceAll("/", "~1"))}/${method.toLowerCase()}`;
    return {
      template,
      path: pathValues,
      address: path,
      problems: (query, body) => [
        ...(operation.parameters ?? []).flatMap((parameter, index) => {
          const { at, value } = resolved(parameter, `${pointer}/parameters/${index}`);
          const given =
            value.in === "path" ? pathValues[value.name] : value.in === "query" ? query.get(value.name) : null;
          if (given === null || given === undefined) return value.required ? [`${value.name} is missing`] : [];
          return complaints(coercing.compile({ type: "object", properties: { given: { $ref: `${at}/schema` } } }), {
            given,
          });
        }),
        ...[...query.keys()].flatMap((name) =>
          (operation.parameters ?? []).some((parameter) => resolved(parameter, "").value.name === name)
            ? []
            : [`${name} is no parameter`],
        ),
        ...(operation.requestBody
          ? complaints(
              ajv.compile({ $ref: `${pointer}/requestBody/content/${encodeURIComponent("application~1json")}/schema` }),
              body,
            )
          : []),
      ],
      answers: (status) => operation.responses[status] !== undefined,
      problemsOfAnswer(status, body) {
        const answer = operation.responses[status];
        if (!answer) return [`${status} is no answer of ${method} ${template}`];
        if (answer.content === undefined && answer.$ref === undefined)
          return body === undefined ? [] : ["it has no content"];
        const at = answer.$ref === undefined ? `${pointer}/responses/${status}` : `github${answer.$ref}`;
        return complaints(
          ajv.compile({ $ref: `${at}/content/${encodeURIComponent("application~1json")}/schema` }),
          body,
        );
      },
    };
  }
  return undefined;
}

function resolved(parameter: Parameter | { readonly $ref: string }, at: string): { at: string; value: Parameter } {
  if (!("$ref" in parameter)) return { at, value: parameter };
  const value = parameter.$ref
    .slice(2)
    .split("/")
    .reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], description);
  return { at: `github${parameter.$ref}`, value: value as Parameter };
}

function complaints(validate: ValidateFunction, value: unknown): readonly string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
