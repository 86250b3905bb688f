import { Expression } from "./expression.ts";

const MAX_ENTRIES = 5_000;
const MAX_TEXT_LENGTH = 524_288;

/*
 * Compiled expressions by text in two generations. When the young one is full it becomes the old one, and the old one
 * is dropped; what is used meanwhile moves to the young one. A hit costs one look-up.
 */
let young = new Map<string, Expression>();
let old = new Map<string, Expression>();
let youngTextLength = 0;

/** Compiles a CEL text, or finds it compiled. Throws `invalid_expression` with the position. */
export function compileExpression(text: string): Expression {
  const recent = young.get(text);
  if (recent !== undefined) return recent;
  const expression = old.get(text) ?? new Expression(text);
  if (young.size >= MAX_ENTRIES || youngTextLength + text.length > MAX_TEXT_LENGTH) startGeneration();
  young.set(text, expression);
  youngTextLength += text.length;
  return expression;
}

function startGeneration(): void {
  old = young;
  young = new Map();
  youngTextLength = 0;
}

/** How many expressions are kept: at most 10,000, of at most 1,048,576 characters in all. */
export function cachedExpressions(): number {
  return young.size + old.size;
}
