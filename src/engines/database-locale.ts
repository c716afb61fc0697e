import pg from "pg";

/** How a database stores, sorts and classifies text. https://www.postgresql.org/docs/18/locale.html */
export interface DatabaseLocale {
  /** In PostgreSQL's words, for example `UTF8`. */
  readonly encoding: string;
  readonly provider: "libc" | "icu" | "builtin";
  readonly collate: string;
  readonly ctype: string;
  /** The provider's own name for it; absent with libc. */
  readonly locale?: string;
  /** ICU's additional rules; absent where there are none. */
  readonly rules?: string;
}

const providers = { b: "builtin", c: "libc", i: "icu" } as const;

/** Reads it, of the database that the client is connected to or of another one. */
export async function readLocale(client: pg.ClientBase, database?: string): Promise<DatabaseLocale> {
  const { rows } = await client.query<{ encoding: string; row: Record<string, string | null> }>(
    // As JSON, because which columns there are depends on the version.
    `SELECT pg_encoding_to_char(encoding) AS encoding, to_jsonb(d) AS row FROM pg_database d
      WHERE datname = coalesce($1, current_database())`,
    [database ?? null],
  );
  const { encoding = "UTF8", row = {} } = rows[0] ?? {};
  const locale = row["datlocale"] ?? row["daticulocale"];
  const rules = row["daticurules"];
  return {
    encoding,
    provider: providers[(row["datlocprovider"] ?? "c") as keyof typeof providers],
    collate: row["datcollate"] ?? "C",
    ctype: row["datctype"] ?? "C",
    ...(locale ? { locale } : {}),
    ...(rules ? { rules } : {}),
  };
}

/** Whether text is stored, sorted and classified the same. */
export const isSameLocale = (one: DatabaseLocale, other: DatabaseLocale): boolean =>
  describeLocale(one) === describeLocale(other);

/** For people: `UTF8, en-US (icu)`. With ICU and the built-in provider, libc's names decide nothing but for messages. */
export function describeLocale({ encoding, provider, collate, ctype, locale, rules }: DatabaseLocale): string {
  const names = provider === "libc" ? [...new Set([collate, ctype].map(withoutSpelling))].join("/") : locale;
  return `${encoding}, ${names}${rules === undefined ? "" : ` with rules ${rules}`} (${provider})`;
}

/** `en_US.UTF-8` and `en_US.utf8` are one. */
const withoutSpelling = (name: string): string =>
  name.replace(/\..*$/, (codeset) => codeset.toLowerCase().replaceAll("-", ""));

/** What comes behind CREATE DATABASE for one like this. @param major of the server */
export function localeOptions(
  { encoding, provider, collate, ctype, locale, rules }: DatabaseLocale,
  major: number,
): string {
  const literal = pg.escapeLiteral;
  const own =
    provider === "libc" || locale === undefined
      ? []
      : [
          provider === "builtin" ? `builtin_locale ${literal(locale)}` : `icu_locale ${literal(locale)}`,
          ...(rules === undefined ? [] : [`icu_rules ${literal(rules)}`]),
        ];
  return [
    `encoding ${literal(encoding)}`,
    ...(major >= 15 ? [`locale_provider ${provider}`] : []),
    `lc_collate ${literal(collate)}`,
    `lc_ctype ${literal(ctype)}`,
    ...own,
  ].join(" ");
}
