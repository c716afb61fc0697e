import { stripVTControlCharacters } from "node:util";

// Characters that move the cursor, change the direction of text or cannot be seen: controls except newline and tab, all
// format characters, separators of lines and paragraphs, fillers that count as letters, and halves of characters.
const unseen = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Text from a stranger, safe to show on a terminal: escape sequences are gone, other unseen characters are spelled out. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text.replaceAll("\r\n", "\n")).replace(unseen, (character) => {
    const number = (character.codePointAt(0) ?? 0).toString(16);
    return number.length > 4 ? `\\u{${number}}` : `\\u${number.padStart(4, "0")}`;
  });
}

/** The same on one line. */
export const plainLine = (text: string): string => plainText(text).replaceAll(/(?<!\s)\s*\n\s*/g, " ");
