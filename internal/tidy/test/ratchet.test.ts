import { expect, it } from "vitest";
import { violations } from "../src/ratchet.ts";
import { rules } from "../src/rules/index.ts";
import { SourceFile } from "../src/source-file.ts";

const long = new SourceFile("a.ts", "x;\n".repeat(450));
const marked = new SourceFile("b.ts", "// TODO\n// TODO\n");
const wordsOf = (ratchet: Record<string, Record<string, number>>) =>
  violations(rules, [long, marked], ratchet).map(({ rule, path, line }) => `${rule} ${path}:${line}`);

it("lets nothing through where there are no exceptions", () => {
  expect(wordsOf({})).toEqual(["open-ends b.ts:1", "open-ends b.ts:2", "file-length a.ts:1"]);
});

it("lets through as much as is known", () => {
  expect(wordsOf({ "file-length": { "a.ts": 450 }, "open-ends": { "b.ts": 2 } })).toEqual([]);
});

it("lets nothing grow", () => {
  expect(wordsOf({ "file-length": { "a.ts": 449 }, "open-ends": { "b.ts": 1 } })).toHaveLength(3);
});

it("wants exceptions lowered", () => {
  const found = violations(rules, [long, marked], {
    "file-length": { "a.ts": 500, "gone.ts": 1 },
    "open-ends": { "b.ts": 2 },
  });
  expect(found.map(({ path, message }) => [path, message])).toEqual([
    ["a.ts", "lower its exception in ratchet.json to 450"],
    ["gone.ts", "lower its exception in ratchet.json to 0"],
  ]);
});
