/** A function's place in a file, by positions of its braces. */
export interface FunctionSpan {
  start: number;
  end: number;
}

const CONTROL = new Set(["if", "for", "while", "switch", "catch", "with"]);

/** The functions with a block body in code whose texts and comments are blanked. */
export function functionsIn(code: string): FunctionSpan[] {
  const spans: FunctionSpan[] = [];
  const open: { start: number; isFunction: boolean }[] = [];
  for (let i = 0; i < code.length; i++) {
    const char = code.charAt(i);
    if (char === "{") open.push({ start: i, isFunction: opensFunction(code, i) });
    if (char !== "}") continue;
    const block = open.pop();
    if (block?.isFunction) spans.push({ start: block.start, end: i });
  }
  return spans;
}

function opensFunction(code: string, brace: number): boolean {
  const before = code.slice(Math.max(0, brace - 2_000), brace).trimEnd();
  if (before.endsWith("=>")) return true;
  const close = parametersEnd(before);
  if (close === undefined) return false;
  const openParenthesis = matchingOpen(before, close);
  if (openParenthesis === undefined) return false;
  const word = /([\w$]+)\s*(<[^()]*>)?\s*$/.exec(before.slice(0, openParenthesis))?.[1] ?? "";
  return word !== "" && !CONTROL.has(word);
}

/** Where the parameters before a body end: at its end, or before a return type. */
function parametersEnd(before: string): number | undefined {
  if (before.endsWith(")")) return before.length - 1;
  const typed = /\)\s*:\s*[^;=()]*$/.exec(before);
  return typed?.index;
}

function matchingOpen(text: string, close: number): number | undefined {
  let depth = 0;
  for (let i = close; i >= 0; i--) {
    const char = text.charAt(i);
    if (char === ")") depth++;
    if (char === "(" && --depth === 0) return i;
  }
  return undefined;
}
