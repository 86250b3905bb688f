import { type EventPayload, type Json, sha1Hex } from "@stepfast/protocol";
import { compileNode, operandsOf } from "./compiler.ts";
import type { Evaluate } from "./frame.ts";
import type { Scope } from "./scope.ts";
import type { ASTNode } from "./syntax.ts";
import { member } from "./values.ts";

/** What an equality demands of an event: the value at a path. */
export interface EqualityKey {
  /** Members from the event on, such as `data.id` or `data["odd name"].id`. */
  path: string;
  value: string | number | boolean;
}

/** One equality every matching event fulfils: a path into a variable, and what to compare with. */
export interface Equality {
  path: string;
  variable: "event" | "async";
  other: Evaluate;
  /** Variables the other side mentions. */
  mentions: ReadonlySet<string>;
}

const MAX_PATH_LENGTH = 200;
const MAX_VALUE_LENGTH = 200;

/** The equalities among the top-level conjuncts, in order: the whole can only be true when each of them is. */
export function equalitiesOf(ast: ASTNode, scope: Scope): Equality[] {
  return operandsOf(ast, "&&").flatMap((conjunct) => {
    if (conjunct.op !== "==") return [];
    const [left, right] = conjunct.args;
    return [equality(left, right, scope), equality(right, left, scope)].filter(
      (found) => found !== undefined,
    );
  });
}

function equality(side: ASTNode, otherSide: ASTNode, scope: Scope): Equality | undefined {
  const segments = segmentsOf(side);
  const variable = segments?.[0];
  if (segments === undefined || segments.length < 2 || (variable !== "event" && variable !== "async"))
    return undefined;
  const path = pathText(segments.slice(1));
  if (path.length > MAX_PATH_LENGTH) return undefined;
  return { path, variable, other: compileNode(otherSide, scope), mentions: mentionsOf(otherSide, new Set()) };
}

/** Root and keys of an access by names and literal texts only. */
function segmentsOf(node: ASTNode): string[] | undefined {
  const keys: string[] = [];
  let rest = node;
  while (rest.op === "." || rest.op === "[]") {
    const key = rest.op === "." ? rest.args[1] : literalText(rest.args[1]);
    if (key === undefined) return undefined;
    keys.push(key);
    rest = rest.args[0];
  }
  return rest.op === "id" ? [rest.args, ...keys.reverse()] : undefined;
}

function literalText(node: ASTNode): string | undefined {
  return node.op === "value" && typeof node.args === "string" ? node.args : undefined;
}

/** Every name in a tree; macro variables among them do no harm. */
function mentionsOf(node: unknown, names: Set<string>): Set<string> {
  if (Array.isArray(node)) {
    for (const part of node) mentionsOf(part, names);
  } else if (isNode(node)) {
    if (node.op === "id") names.add(node.args);
    else mentionsOf(node.args, names);
  }
  return names;
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === "object" && value !== null && "op" in value && "args" in value;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** One text for one path, however it was written. */
function pathText(keys: string[]): string {
  return keys
    .map((key, index) => (NAME.test(key) ? (index > 0 ? `.${key}` : key) : `[${JSON.stringify(key)}]`))
    .join("");
}

const PART = /\.?([A-Za-z_][A-Za-z0-9_]*)|\[("(?:[^"\\]|\\.)*")\]/gy;
const parsedPaths = new Map<string, readonly string[]>();
const MAX_PARSED_PATHS = 1_000;

function keysOfPath(path: string): readonly string[] {
  const known = parsedPaths.get(path);
  if (known !== undefined) return known;
  const keys = Array.from(path.matchAll(PART), (part) => part[1] ?? (JSON.parse(part[2] ?? '""') as string));
  if (parsedPaths.size >= MAX_PARSED_PATHS) parsedPaths.clear();
  parsedPaths.set(path, keys);
  return keys;
}

/** A value an index can hold. */
export function isKeyValue(value: Json): value is string | number | boolean {
  return (
    typeof value === "string" ||
    typeof value === "boolean" ||
    (typeof value === "number" && Number.isFinite(value))
  );
}

/** The text under which a wait for this value at this path is found: `data.id="7"`. Long values are hashed. */
export function keyOf(path: string, value: string | number | boolean): string {
  const text = JSON.stringify(value);
  return `${path}=${text.length > MAX_VALUE_LENGTH ? `#${sha1Hex(text)}` : text}`;
}

/** The key an event has at a path; null if it has no scalar there. */
export function keyAt(path: string, event: EventPayload): string | null {
  let value = event as unknown as Json;
  for (const key of keysOfPath(path)) value = member(value, key);
  return isKeyValue(value) ? keyOf(path, value) : null;
}
