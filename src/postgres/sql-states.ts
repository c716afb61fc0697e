/** With which PostgreSQL refuses what cannot run in a transaction: https://www.postgresql.org/docs/18/errcodes-appendix.html */
export const notInTransaction = "25001";
