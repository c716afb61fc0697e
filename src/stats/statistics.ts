import { z } from "zod";
import { ConfigurationError } from "../errors.ts";

const bytes = z.int().nonnegative();

/** The shape of the file that `headgate stats` writes. */
export const statisticsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  takenAt: z.iso.datetime().describe("When it was read; ISO 8601."),
  serverVersion: z.string(),
  relations: z
    .record(
      z.string(),
      z.strictObject({
        rows: z
          .number()
          .nonnegative()
          .optional()
          .describe("As the planner estimates; absent for a table that nobody has analyzed."),
        tableBytes: bytes.describe("Of the table and its TOAST table; for a partitioned one, of all its partitions."),
        indexBytes: bytes,
      }),
    )
    .describe("By schema-qualified name, quoted where SQL needs it."),
});

/** How large the tables of a database are. No row, no value and no name of anything but tables is in it. */
export type Statistics = z.output<typeof statisticsSchema>;

/** @throws ConfigurationError when it is not a file that `headgate stats` wrote */
export function parseStatistics(file: string, text: string): Statistics {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (cause) {
    throw new ConfigurationError(`${file} is not JSON; write it with \`headgate stats --output ${file}\`.`, { cause });
  }
  const result = statisticsSchema.safeParse(document);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ConfigurationError(
    `${file} is not what \`headgate stats\` writes: \`${issue?.path.map(String).join(".")}\`: ${issue?.message}. Write it anew.`,
    { cause: result.error },
  );
}
