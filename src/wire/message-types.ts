const byte = (letter: string): number => letter.charCodeAt(0);

/** The first byte of what a server sends, by the manual's names: https://www.postgresql.org/docs/current/protocol-message-formats.html */
export const fromServer = {
  backendKeyData: byte("K"),
  bindComplete: byte("2"),
  closeComplete: byte("3"),
  commandComplete: byte("C"),
  copyBothResponse: byte("W"),
  copyData: byte("d"),
  copyInResponse: byte("G"),
  dataRow: byte("D"),
  emptyQueryResponse: byte("I"),
  errorResponse: byte("E"),
  functionCallResponse: byte("V"),
  noData: byte("n"),
  noticeResponse: byte("N"),
  notificationResponse: byte("A"),
  parameterStatus: byte("S"),
  parseComplete: byte("1"),
  portalSuspended: byte("s"),
  readyForQuery: byte("Z"),
  rowDescription: byte("T"),
} as const;

/** The first byte of what a client sends; `password` is any message of an authentication. */
export const fromClient = {
  bind: byte("B"),
  copyData: byte("d"),
  copyDone: byte("c"),
  copyFail: byte("f"),
  functionCall: byte("F"),
  password: byte("p"),
  query: byte("Q"),
  terminate: byte("X"),
} as const;
