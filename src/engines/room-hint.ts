/** What to do where PostgreSQL says that its disk is full; empty where it says something else. A checkpoint fails of nothing else, on a server of ours. */
export const roomHint = (message: string): string =>
  /No space left on device|checkpoint request failed/.test(message)
    ? " Its disk is full: free some of it, or let TMPDIR name a directory with more room."
    : "";
