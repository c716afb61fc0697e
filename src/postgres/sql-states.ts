// https://www.postgresql.org/docs/18/errcodes-appendix.html

/** With which PostgreSQL refuses what cannot run in a transaction. */
export const notInTransaction = "25001";
/** A lock was waited for until `lock_timeout`, or not at all where that was asked for. */
export const lockNotAvailable = "55P03";
/** Somebody had the statement cancelled, or its time was over. */
export const queryCanceled = "57014";
/** What every statement fails with behind one that failed, until the transaction ends. */
export const inFailedTransaction = "25P02";
