import type { Evaluate } from "./frame.ts";
import { type ASTNode, syntaxError } from "./syntax.ts";

/** What is known where a piece of the text stands. */
export interface Scope {
  text: string;
  /** Macro variables in sight, outermost first. */
  locals: readonly string[];
  /** How many of them are given from outside and belong to no macro. */
  givenLocals: number;
  /** Number of nodes compiled so far. */
  counter: { nodes: number };
  /** For the parts of a call: the compiler that compiles the call. */
  compile: (node: ASTNode, scope: Scope) => Evaluate;
}

export function fail(scope: Scope, node: ASTNode, problem: string): never {
  throw syntaxError(scope.text, node.start, problem);
}
