/** `RESET` and `SET` for options as the snapshot writes them; undefined for values that would need quotes. */
export function changeOptions(was: string | null, is: string | null): string[] | undefined {
  const parse = (text: string | null) =>
    new Map(text?.split(", ").map((option) => option.split("=") as [string, string]));
  if (![was, is].every((text) => text === null || /^(?:\w+=-?[\w.]+(?:, |$))+$/.test(text))) return undefined;
  const [want, have] = [parse(was), parse(is)];
  const reset = [...have.keys()].filter((option) => !want.has(option));
  const set = [...want].filter(([option, value]) => have.get(option) !== value);
  return [
    ...(reset.length > 0 ? [`RESET (${reset.join(", ")})`] : []),
    ...(set.length > 0 ? [`SET (${set.map(([option, value]) => `${option} = ${value}`).join(", ")})`] : []),
  ];
}
