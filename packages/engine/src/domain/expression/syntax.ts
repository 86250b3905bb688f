import { type ASTNode, Environment } from "@marcbachmann/cel-js";
import { StepfastError } from "@stepfast/protocol";

export type { ASTNode };

export const expressionLimits = { textLength: 4_096, nodes: 2_000, depth: 40, macroDepth: 4 } as const;

const parser = new Environment({
  unlistedVariablesAreDyn: true,
  limits: { maxAstNodes: expressionLimits.nodes, maxDepth: expressionLimits.depth },
});

/** The syntax tree of a CEL text. Only the library's parser is used: evaluation is ours. */
export function parseExpression(text: string): ASTNode {
  if (text.length > expressionLimits.textLength) {
    throw new StepfastError(
      "invalid_expression",
      `an expression is at most ${expressionLimits.textLength} characters long, this one has ${text.length}`,
    );
  }
  if (text.trim() === "") {
    throw new StepfastError(
      "invalid_expression",
      "the expression is empty: leave it out, or write a condition",
    );
  }
  try {
    return parser.parse(text).ast;
  } catch (error) {
    throw syntaxError(text, positionOf(error), summaryOf(error));
  }
}

/** An `invalid_expression` at a position of the text (from 0). */
export function syntaxError(text: string, position: number, problem: string): StepfastError {
  const before = text.slice(Math.max(0, position - 30), position);
  const after = text.slice(position, position + 30);
  return new StepfastError(
    "invalid_expression",
    `expression error at character ${position + 1}, at "${before}▸${after}": ${problem}`,
  );
}

function positionOf(error: unknown): number {
  const range = (error as { range?: { start?: unknown } } | null)?.range;
  return typeof range?.start === "number" ? range.start : 0;
}

function summaryOf(error: unknown): string {
  if (error instanceof RangeError) return "it nests too deeply: write it flatter";
  const summary = (error as { summary?: unknown } | null)?.summary;
  if (typeof summary !== "string")
    return "it cannot be read: write a CEL expression such as `event.data.total > 10`";
  return summary.startsWith("Exceeded")
    ? `it is too large (${summary}): split it or write it flatter`
    : summary;
}
