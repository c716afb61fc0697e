/** The schema of a qualified name, quoted as it is there. */
export const schemaOf = (name: string): string => /^(?:"(?:[^"]|"")+"|[^."]+)/.exec(name)?.[0] ?? "";

/** The last part of the name of something that belongs to a relation, quoted as it is there. */
export const partName = (name: string, relation: string): string => name.slice(relation.length + 1);

/** A text as SQL writes it. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
