/*
 * A light reader of TypeScript: it tells code from comments, texts and patterns. Blanked characters become spaces, so
 * that positions and lines stay what they were.
 */

type Kind = "code" | "comment" | "text";

interface Token {
  kind: Kind;
  start: number;
  end: number;
}

export function blankComments(text: string): string {
  return blank(text, (kind) => kind === "comment");
}

export function blankCommentsAndTexts(text: string): string {
  return blank(text, (kind) => kind !== "code");
}

function blank(text: string, isBlanked: (kind: Kind) => boolean): string {
  let result = "";
  for (const { kind, start, end } of tokens(text)) {
    const part = text.slice(start, end);
    result += isBlanked(kind) ? part.replace(/[^\n]/g, " ") : part;
  }
  return result;
}

function* tokens(text: string): Generator<Token> {
  let position = 0;
  /** For every template whose `${` is open, how many braces are open inside. */
  const templates: number[] = [];
  while (position < text.length) {
    const start = position;
    const end = templateEnd(text, start, templates) ?? literalEnd(text, start, templates);
    if (end !== undefined) {
      yield { kind: kindAt(text, start), start, end };
      position = end;
    } else {
      countBrace(text.charAt(start), templates);
      position = start + 1;
      yield { kind: "code", start, end: position };
    }
  }
}

function kindAt(text: string, start: number): Kind {
  const two = text.slice(start, start + 2);
  return two === "//" || two === "/*" ? "comment" : "text";
}

function countBrace(char: string, templates: number[]): void {
  const last = templates.length - 1;
  if (last < 0) return;
  if (char === "{") templates[last] = (templates[last] ?? 0) + 1;
  if (char === "}") templates[last] = (templates[last] ?? 0) - 1;
}

/** At the `}` that closes a `${`: the end of the template's next piece. */
function templateEnd(text: string, start: number, templates: number[]): number | undefined {
  if (text.charAt(start) !== "}" || templates.at(-1) !== 0) return undefined;
  templates.pop();
  return templatePiece(text, start + 1, templates);
}

function literalEnd(text: string, start: number, templates: number[]): number | undefined {
  const char = text.charAt(start);
  if (char === "`") return templatePiece(text, start + 1, templates);
  if (char === '"' || char === "'") return quotedEnd(text, start + 1, char);
  if (char !== "/") return undefined;
  const next = text.charAt(start + 1);
  if (next === "/") return indexOrEnd(text, "\n", start);
  if (next === "*") return indexOrEnd(text, "*/", start + 2, 2);
  return startsPattern(text, start) ? patternEnd(text, start + 1) : undefined;
}

function indexOrEnd(text: string, part: string, from: number, extra = 0): number {
  const found = text.indexOf(part, from);
  return found < 0 ? text.length : found + extra;
}

function templatePiece(text: string, from: number, templates: number[]): number {
  for (let i = from; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "\\") i++;
    else if (char === "`") return i + 1;
    else if (char === "$" && text.charAt(i + 1) === "{") {
      templates.push(0);
      return i + 2;
    }
  }
  return text.length;
}

function quotedEnd(text: string, from: number, quote: string): number {
  for (let i = from; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "\\") i++;
    else if (char === quote) return i + 1;
    else if (char === "\n") return i;
  }
  return text.length;
}

/** A slash begins a pattern where no value stands before it. */
function startsPattern(text: string, start: number): boolean {
  const before = text.slice(Math.max(0, start - 100), start).trimEnd();
  if (before === "") return true;
  if (/(^|[^\w$.])(return|typeof|case|in|of|await|yield|throw|new)$/.test(before)) return true;
  return !/[\w$)\]}"'`]$/.test(before);
}

function patternEnd(text: string, from: number): number | undefined {
  let inClass = false;
  for (let i = from; i < text.length; i++) {
    const char = text.charAt(i);
    if (char === "\n") return undefined;
    if (char === "\\") i++;
    else if (char === "[") inClass = true;
    else if (char === "]") inClass = false;
    else if (char === "/" && !inClass) return i + 1 + (/^[a-z]*/.exec(text.slice(i + 1))?.[0].length ?? 0);
  }
  return undefined;
}
