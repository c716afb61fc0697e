/** PostgreSQL's names of encodings that are not UTF-8, and those of the standard library. */
const decoders: Readonly<Record<string, string>> = {
  LATIN1: "iso-8859-1",
  LATIN2: "iso-8859-2",
  LATIN9: "iso-8859-15",
  WIN1250: "windows-1250",
  WIN1251: "windows-1251",
  WIN1252: "windows-1252",
  KOI8R: "koi8-r",
  EUC_JP: "euc-jp",
  EUC_KR: "euc-kr",
  SJIS: "shift_jis",
  BIG5: "big5",
  GBK: "gbk",
  GB18030: "gb18030",
};

/** A client's text; bytes that are none in its encoding become `U+FFFD`. */
export function decodeSql(bytes: Buffer, encoding: string | undefined): string {
  const decoder = decoders[encoding ?? ""];
  return decoder ? new TextDecoder(decoder).decode(bytes) : bytes.toString("utf8");
}
