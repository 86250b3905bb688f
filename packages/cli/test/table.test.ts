import { describe, expect, test } from "vitest";
import { plain, shortDuration, shortTime, table } from "../src/api/table.ts";

describe("a table", () => {
  test("has columns as wide as what they hold", () => {
    expect(
      table(
        ["A", "LONG"],
        [
          ["one", "x"],
          ["2", null],
        ],
      ),
    ).toBe("A    LONG\none  x\n2    -");
  });

  test("does nothing to the terminal, whatever it is given", () => {
    const shown = table(["NAME"], [["\u001b[2J\u001b[31mred\u0007\r\nnext\u009b0m"]]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of these may be left
    expect(shown.split("\n").slice(1).join()).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(shown).toContain("red");
    expect(plain("a\tb")).toBe("a b");
  });
});

test.each([
  [0, "0ms"],
  [999, "999ms"],
  [1_234, "1.2s"],
  [61_000, "1m 1s"],
  [3_660_000, "1h 1m"],
  [null, "-"],
])("%s ms is %s", (ms, text) => {
  expect(shortDuration(ms)).toBe(text);
});

test("times are short", () => {
  expect(shortTime("2026-01-31T12:00:00.123Z")).toBe("2026-01-31 12:00:00");
  expect(shortTime(null)).toBe("-");
});
