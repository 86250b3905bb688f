import type { Json } from "@stepfast/protocol";
import { type Evaluate, evaluationError, type Frame, spend } from "./frame.ts";
import { fail, type Scope } from "./scope.ts";
import { type ASTNode, expressionLimits } from "./syntax.ts";
import { isMap, isTruthy, keysOf, member, typeName } from "./values.ts";

/** One pass over a list: the body is asked for each item, until `step` gives a result. */
interface Loop {
  body: (frame: Frame, item: Json) => Json;
  filter: ((frame: Frame, item: Json) => Json) | undefined;
}

type Macro = (frame: Frame, items: Json[], loop: Loop) => Json;

const macros: ReadonlyMap<string, Macro> = new Map<string, Macro>([
  ["all", (frame, items, loop) => items.every((item) => isTruthy(loop.body(frame, item)))],
  ["exists", (frame, items, loop) => items.some((item) => isTruthy(loop.body(frame, item)))],
  [
    "exists_one",
    (frame, items, loop) => items.filter((item) => isTruthy(loop.body(frame, item))).length === 1,
  ],
  ["filter", (frame, items, loop) => items.filter((item) => isTruthy(loop.body(frame, item)))],
  ["map", mapItems],
]);

function mapItems(frame: Frame, items: Json[], { body, filter }: Loop): Json {
  const results: Json[] = [];
  for (const item of items) {
    if (filter === undefined || isTruthy(filter(frame, item))) results.push(body(frame, item));
  }
  return results;
}

export function isMacro(name: string): boolean {
  return name === "has" || macros.has(name);
}

export function compileMacro(name: string, args: ASTNode[], node: ASTNode, scope: Scope): Evaluate {
  if (name === "has") return compileHas(args, node, scope);
  const macro = macros.get(name);
  const [listNode, variable, ...bodies] = args;
  const wanted = name === "map" ? bodies.length === 1 || bodies.length === 2 : bodies.length === 1;
  if (macro === undefined || listNode === undefined || variable?.op !== "id" || !wanted) {
    return fail(
      scope,
      node,
      `${name} is written as list.${name}(item, …), with a name for the item and an expression on it`,
    );
  }
  const inner = innerScope(variable.args, node, scope);
  const list = scope.compile(listNode, scope);
  const slot = scope.locals.length;
  const steps = bodies.map((body) => compileBody(body, slot, inner));
  const loop: Loop = { body: steps.at(-1) ?? (() => null), filter: steps.length > 1 ? steps[0] : undefined };
  return (frame) => macro(frame, itemsOf(frame, list(frame), name), loop);
}

function innerScope(variable: string, node: ASTNode, scope: Scope): Scope {
  if (variable === "event" || variable === "async")
    fail(scope, node, `"${variable}" is taken: name the item otherwise`);
  if (scope.locals.length - scope.givenLocals >= expressionLimits.macroDepth) {
    fail(scope, node, `macros nest at most ${expressionLimits.macroDepth} deep`);
  }
  return { ...scope, locals: [...scope.locals, variable] };
}

/** A body that pays for all its nodes each time: what it goes through is bounded by the budget. */
function compileBody(node: ASTNode, slot: number, scope: Scope): Loop["body"] {
  const before = scope.counter.nodes;
  const body = scope.compile(node, scope);
  const cost = 1 + scope.counter.nodes - before;
  return (frame, item) => {
    spend(frame, cost);
    frame.locals[slot] = item;
    return body(frame);
  };
}

/** The items of a list or the keys of a map; none for null. */
function itemsOf(frame: Frame, value: Json, name: string): Json[] {
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  if (isMap(value)) return keysOf(frame, value);
  throw evaluationError(`${name} goes through a list or the keys of a map, not through ${typeName(value)}`);
}

/** `has(a.b)`: whether b is there, even if it is null. */
function compileHas(args: ASTNode[], node: ASTNode, scope: Scope): Evaluate {
  const [access, extra] = args;
  if (extra !== undefined || (access?.op !== "." && access?.op !== "[]")) {
    return fail(scope, node, "has() takes a member, as in has(event.data.total)");
  }
  const container = scope.compile(access.args[0], scope);
  const keyOf: Evaluate = access.op === "." ? constant(access.args[1]) : scope.compile(access.args[1], scope);
  return (frame) => {
    const value = container(frame);
    const key = keyOf(frame);
    return isMap(value) ? typeof key === "string" && Object.hasOwn(value, key) : member(value, key) !== null;
  };
}

function constant(key: string): Evaluate {
  return () => key;
}
