import { stripVTControlCharacters } from "node:util";

// Characters that move the cursor, change the direction of text or cannot be seen: Unicode's controls except newline and
// tab, bidirectional controls, zero-width characters and the byte-order mark.
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text from a stranger, safe to show on a terminal: escape sequences are gone, other unseen characters are spelled out. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text.replaceAll("\r\n", "\n")).replace(
    unseen,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The same on one line. */
export const plainLine = (text: string): string => plainText(text).replaceAll(/\s*\n\s*/g, " ");
