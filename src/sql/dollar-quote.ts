/** A text in dollar quotes that it does not hold itself. */
export function dollarQuote(text: string): string {
  let mark = "$$";
  for (let number = 1; (text + mark).indexOf(mark) < text.length; number += 1) mark = `$b${number}$`;
  return mark + text + mark;
}
