import type { Evaluate } from "./frame.ts";
import { evaluationError } from "./frame.ts";
import { clockFunctions, functions } from "./functions.ts";
import { compileMacro, isMacro } from "./macros.ts";
import { compilePattern, type Pattern } from "./pattern.ts";
import { fail, type Scope } from "./scope.ts";
import type { ASTNode } from "./syntax.ts";
import { typeName } from "./values.ts";

/** A call in either form; the receiver of a method is the first of `args`. */
export function compileCall(name: string, args: ASTNode[], node: ASTNode, scope: Scope): Evaluate {
  if (name === "matches") return compileMatches(args, node, scope);
  if (isMacro(name)) return compileMacro(name, args, node, scope);
  const called = functions.get(name);
  if (called === undefined) return fail(scope, node, unknownFunction(name));
  if (args.length !== called.arity) {
    return fail(
      scope,
      node,
      `${name}() takes ${called.arity} argument(s), counting the value before the dot`,
    );
  }
  const [first, second] = args.map((arg) => scope.compile(arg, scope));
  if (first === undefined) return fail(scope, node, `${name}() needs an argument`);
  if (second === undefined) return (frame) => called.call(frame, first(frame), null);
  return (frame) => called.call(frame, first(frame), second(frame));
}

function unknownFunction(name: string): string {
  if (clockFunctions.has(name)) {
    return `${name}() is not available, expressions have no clock: put the time into the event and compare that`;
  }
  return `${name}() is not a function: there are ${[...functions.keys()].join(", ")}, matches, has, all, exists, exists_one, map and filter`;
}

function compileMatches(args: ASTNode[], node: ASTNode, scope: Scope): Evaluate {
  const [subjectNode, patternNode, extra] = args;
  if (subjectNode === undefined || patternNode === undefined || extra !== undefined) {
    return fail(
      scope,
      node,
      'matches() takes a text and a pattern: event.data.email.matches("@example[.]com$")',
    );
  }
  const subject = scope.compile(subjectNode, scope);
  const pattern = patternOf(patternNode, scope);
  return (frame) => {
    const text = subject(frame);
    if (text === null) return false;
    if (typeof text === "string") return pattern.test(frame, text);
    throw evaluationError(`matches() looks at texts, not at ${typeName(text)}`);
  };
}

function patternOf(node: ASTNode, scope: Scope): Pattern {
  if (node.op !== "value" || typeof node.args !== "string") {
    return fail(
      scope,
      node,
      "the pattern of matches() is written out as a text: it cannot come from an event",
    );
  }
  try {
    return compilePattern(node.args);
  } catch (error) {
    const problem = error instanceof Error ? error.message : "it cannot be read";
    return fail(scope, node, `the pattern is not valid RE2 (${problem})`);
  }
}
