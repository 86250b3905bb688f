import { readFileSync } from "node:fs";
import type { EventPayload, Json } from "@stepfast/protocol";
import { describe, expect, test } from "vitest";
import { SearchExpression } from "../src/index.ts";

const event: EventPayload = {
  name: "order/placed",
  data: { total: 120, items: [[1, 2], [3]] },
  user: {},
  id: "1",
  ts: 1,
};
const run: Json = { id: "R", status: "FAILED", function: "shop-pay", app: "shop", attempt: 2 };
const error: Json = { name: "Error", message: "it timed out" };

const finds = (text: string, vars: { output?: Json; error?: Json; run?: Json } = {}) =>
  new SearchExpression(text).test({ event, ...vars });

describe("a search", () => {
  test.each([
    ["event.data.total > 100 && run.status == 'FAILED'", true],
    ["run.function == 'shop-pay' && run.attempt >= 2", true],
    ["error.message.contains('timed out')", true],
    ["output == null", true],
    ["output.shipped == true", false],
    ["async == null", true],
  ])("%s of a failed run is %s", (text, expected) => {
    expect(finds(text, { error, run })).toBe(expected);
  });

  test("sees an output; macros are as deep as elsewhere", () => {
    const output = { tags: ["a", "b"], rows: [{ cells: [{ marks: [{ n: 7 }] }] }] };
    expect(finds("output.tags.exists(tag, tag == 'b')", { output })).toBe(true);
    const deep =
      "output.rows.exists(r, r.cells.exists(c, c.marks.exists(m, [m.n].exists(n, n == 7.0 && output.tags[0] == 'a'))))";
    expect(finds(deep, { output })).toBe(true);
    expect(() => finds(`[1].exists(o, ${deep})`, { output })).toThrow(/nest at most 4/);
  });

  test("what it fails on, or costs too much on, is not found", () => {
    expect(finds("event.data.total - 'a' == 1")).toBe(false);
    const output = Array.from({ length: 2_000 }, (_, n) => n);
    expect(finds("output.all(a, output.exists(b, a == b))", { output })).toBe(false);
  });

  test("one that cannot be read is refused", () => {
    expect(() => new SearchExpression("event.")).toThrow(
      expect.objectContaining({ code: "invalid_expression" }),
    );
    expect(() => new SearchExpression("outputs.a == 1")).toThrow(/"outputs" is not known/);
  });

  test("the examples of docs/expressions.md can be read", () => {
    const page = readFileSync(new URL("../../../docs/expressions.md", import.meta.url), "utf8");
    const block = /## Searches[\s\S]*?```text\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
    const examples = block.trim().split("\n");
    expect(examples.length).toBeGreaterThan(2);
    for (const example of examples) expect(() => new SearchExpression(example)).not.toThrow();
  });
});
