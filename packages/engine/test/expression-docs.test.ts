import { readFileSync } from "node:fs";
import { type EventPayload, StepfastError } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { FUEL } from "../src/domain/expression/frame.ts";
import { compileExpression } from "../src/domain/expression/index.ts";
import { expressionLimits } from "../src/domain/expression/syntax.ts";

const page = readFileSync(new URL("../../../docs/expressions.md", import.meta.url), "utf8");

function block(kind: string): string {
  return page.match(new RegExp(`\`\`\`${kind}\n([\\s\\S]*?)\`\`\``))?.[1] ?? "";
}

const event = JSON.parse(block("json event")) as EventPayload;
const async = JSON.parse(block("json async")) as EventPayload;
const examples = [...page.matchAll(/```cel\n([\s\S]*?)```/g)]
  .flatMap((found) => (found[1] ?? "").trim().split("\n"))
  .map((line) => line.split("// =>").map((part) => part.trim()) as [string, string]);

describe("docs/expressions.md", () => {
  it("has examples", () => expect(examples.length).toBeGreaterThan(40));

  it.each(examples)("%s => %s", (text, result) => {
    if (result.startsWith("error ")) expect(codeOf(text)).toBe(result.slice("error ".length));
    else expect(compileExpression(text).value({ event, async })).toEqual(JSON.parse(result));
  });

  it("states the limits there are", () => {
    const rows = Object.fromEntries(
      [...page.matchAll(/^\| (\S.*?)\s+\| ([^|]*?)\s+\|$/gm)].map((row) => [row[1], row[2]]),
    );
    const { textLength, nodes, depth, macroDepth } = expressionLimits;
    expect(rows["length of an expression"]).toBe(`${textLength.toLocaleString("en")} characters`);
    expect(rows["parts (names, values, operators)"]).toBe(nodes.toLocaleString("en"));
    expect(rows.nesting).toBe(`${depth} levels, of which ${macroDepth} macros`);
    expect(rows["work of one evaluation"]).toContain(`${FUEL.toLocaleString("en")} units`);
  });
});

function codeOf(text: string): string {
  try {
    compileExpression(text).value({ event, async });
  } catch (error) {
    if (StepfastError.is(error)) return error.code;
  }
  return "none";
}
