const OMITTED = "stepfast/omitted";
const START = `{"${OMITTED}":{"length":`;

/** What stands in the place of a long text that was left out: JSON that says how long it is, in characters. */
export function omittedValue(length: number): string {
  return `${START}${length}}}`;
}

export function isOmitted(text: string | null): boolean {
  return text?.startsWith(START) === true;
}

/** How long the text is, or the one that was left out. */
export function valueLength(text: string | null): number {
  if (text === null) return 0;
  return isOmitted(text) ? Number.parseInt(text.slice(START.length), 10) : text.length;
}
