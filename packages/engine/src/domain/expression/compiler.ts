import type { Json } from "@stepfast/protocol";
import { add, calculate, negate } from "./arithmetic.ts";
import { compileCall } from "./call-compiler.ts";
import type { Evaluate, Frame } from "./frame.ts";
import { evaluationError } from "./frame.ts";
import { fail, type Scope } from "./scope.ts";
import type { ASTNode } from "./syntax.ts";
import { compare, equals, isIn, isTruthy, type JsonMap, member, typeName } from "./values.ts";

/** Where an expression begins; `locals` are given from outside. */
export function rootScope(text: string, locals: readonly string[] = []): Scope {
  return { text, locals, givenLocals: locals.length, counter: { nodes: 0 }, compile: compileNode };
}

/** A syntax tree as a function. Everything that can be refused is refused here. */
export function compileNode(node: ASTNode, scope: Scope): Evaluate {
  scope.counter.nodes++;
  switch (node.op) {
    case "value":
      return compileLiteral(node, scope);
    case "id":
      return compileVariable(node.args, node, scope);
    case ".":
    case "[]":
      return compileAccess(node, scope);
    case "&&":
    case "||":
      return compileLogic(node, scope);
    case "?:":
      return compileChoice(node.args, scope);
    case "!_": {
      const operand = compileNode(node.args, scope);
      return (frame) => !isTruthy(operand(frame));
    }
    case "-_": {
      const operand = compileNode(node.args, scope);
      return (frame) => negate(operand(frame));
    }
    case "list":
      return compileList(node.args, scope);
    case "map":
      return compileMap(node.args, scope);
    case "call":
      return compileCall(node.args[0], node.args[1], node, scope);
    case "rcall":
      return compileCall(node.args[0], [node.args[1], ...node.args[2]], node, scope);
    case ".?":
    case "[?]":
      return fail(scope, node, "optional access is not needed here: a missing member is null");
    default:
      return compileBinary(node, scope);
  }
}

function compileLiteral(node: ASTNode & { op: "value" }, scope: Scope): Evaluate {
  const value = literalValue(node.args);
  if (value === undefined)
    return fail(scope, node, "this is no JSON value: write a text, number, boolean, list or map");
  return () => value;
}

/** Integers become doubles, like all numbers of JSON. */
function literalValue(literal: (ASTNode & { op: "value" })["args"]): Json | undefined {
  if (literal === null || typeof literal === "string" || typeof literal === "boolean") return literal;
  if (literal instanceof Uint8Array) return undefined;
  const value = Number(literal.valueOf());
  return Number.isFinite(value) ? value : undefined;
}

function compileVariable(name: string, node: ASTNode, scope: Scope): Evaluate {
  const slot = scope.locals.lastIndexOf(name);
  if (slot >= 0) return (frame) => frame.locals[slot] ?? null;
  if (name === "event") return (frame) => frame.event;
  if (name === "async") return (frame) => frame.async;
  return fail(
    scope,
    node,
    `"${name}" is not known: expressions see "event", and "async" where one event waits for another`,
  );
}

function compileAccess(node: ASTNode & { op: "." | "[]" }, scope: Scope): Evaluate {
  const container = compileNode(node.args[0], scope);
  if (node.op === ".") {
    const key = node.args[1];
    return (frame) => member(container(frame), key);
  }
  const key = compileNode(node.args[1], scope);
  return (frame) => member(container(frame), key(frame));
}

/** The operands of a chain of one operator: of `a && b && c`, the three. */
export function operandsOf(node: ASTNode, operator: "&&" | "||"): ASTNode[] {
  const operands: ASTNode[] = [];
  let rest = node;
  while (rest.op === operator) {
    operands.push(rest.args[1]);
    rest = rest.args[0];
  }
  operands.push(rest);
  return operands.reverse();
}

/** As in JavaScript, the value is that of the operand which decided. */
function compileLogic(node: ASTNode & { op: "&&" | "||" }, scope: Scope): Evaluate {
  const operands = operandsOf(node, node.op).map((operand) => compileNode(operand, scope));
  const deciding = node.op === "||";
  return (frame) => {
    let value: Json = null;
    for (const operand of operands) {
      value = operand(frame);
      if (isTruthy(value) === deciding) return value;
    }
    return value;
  };
}

function compileChoice(parts: readonly [ASTNode, ASTNode, ASTNode], scope: Scope): Evaluate {
  const condition = compileNode(parts[0], scope);
  const then = compileNode(parts[1], scope);
  const otherwise = compileNode(parts[2], scope);
  return (frame) => (isTruthy(condition(frame)) ? then(frame) : otherwise(frame));
}

function compileList(nodes: ASTNode[], scope: Scope): Evaluate {
  const items = nodes.map((item) => compileNode(item, scope));
  return (frame) => items.map((item) => item(frame));
}

function compileMap(nodes: [ASTNode, ASTNode][], scope: Scope): Evaluate {
  const entries = nodes.map(([key, value]) => [compileNode(key, scope), compileNode(value, scope)] as const);
  return (frame) => {
    const map: JsonMap = Object.create(null);
    for (const [key, value] of entries) map[mapKey(key(frame))] = value(frame);
    return map;
  };
}

function mapKey(key: Json): string {
  if (typeof key === "string") return key;
  throw evaluationError(`the keys of a map are texts, not ${typeName(key)}`);
}

type Binary = (frame: Frame, left: Json, right: Json) => Json;

const operators: Record<string, Binary> = {
  "==": equals,
  "!=": (frame, left, right) => !equals(frame, left, right),
  "<": (frame, left, right) => (compare(frame, left, right) ?? 1) < 0,
  "<=": (frame, left, right) => (compare(frame, left, right) ?? 1) <= 0,
  ">": (frame, left, right) => (compare(frame, left, right) ?? -1) > 0,
  ">=": (frame, left, right) => (compare(frame, left, right) ?? -1) >= 0,
  in: isIn,
  "+": add,
  "-": (_, left, right) => calculate("-", left, right),
  "*": (_, left, right) => calculate("*", left, right),
  "/": (_, left, right) => calculate("/", left, right),
  "%": (_, left, right) => calculate("%", left, right),
};

function compileBinary(node: ASTNode, scope: Scope): Evaluate {
  const operator = Object.hasOwn(operators, node.op) ? operators[node.op] : undefined;
  const [leftNode, rightNode] = node.args as [ASTNode, ASTNode];
  if (operator === undefined) return fail(scope, node, `"${node.op}" is not supported`);
  const left = compileNode(leftNode, scope);
  const right = compileNode(rightNode, scope);
  return (frame) => operator(frame, left(frame), right(frame));
}
