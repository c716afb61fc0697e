/** SQL to be shown: the passwords of roles, user mappings and connection strings in it are left out. */
export const withoutPasswords = (sql: string): string =>
  sql.replace(passwordOption, "$1'***'").replace(passwordPair, "$1***").replace(passwordInUrl, "$1***@");

/** A statement that gives a role or a user mapping its password, whatever that is; every other one as it is. */
export const withAnyPassword = (sql: string): string =>
  givesPassword.test(sql) ? sql.replace(passwordOption, "$1'***'") : sql;

const givesPassword = /^\s*(?:create|alter)\s+(?:role|user|group)\b/i;

/** `PASSWORD 'x'` of a role, and `password 'x'` among options: https://www.postgresql.org/docs/18/sql-createrole.html */
const passwordOption = /(?<![\w$"'])(password\s+)(?:[eE]|[uU]&)?'(?:[^'\\]|''|\\[^])*'/gi;

/** In a connection string: https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING */
const passwordPair = /(?<![\w$])((?:ssl)?password\s*=\s*)(?:''(?:[^'\\]|\\[^])*''|[^\s';,)]+)/gi;

const passwordInUrl = /(postgres(?:ql)?:\/\/[^\s/@:'"]*:)[^\s/@'"]*@/gi;
