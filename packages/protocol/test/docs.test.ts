import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type ErrorCode, StepfastError } from "../src/error.ts";
import { limits } from "../src/limits.ts";
import { sessionLimits } from "../src/validators.ts";

const docs = new URL("../../../docs/", import.meta.url);
const page = (name: string) => readFileSync(new URL(name, docs), "utf8");

const UNITS: Record<string, number> = {
  "": 1,
  KiB: 1024,
  MiB: 1024 * 1024,
  s: 1_000,
  h: 3_600_000,
  days: 24 * 3_600_000,
};

/** A value as the page writes it: "3 MiB", "24 h", "5,000", "1980-01-01". */
function numberOf(text: string): number {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return Date.parse(text);
  const [digits = "", unit = ""] = text.split(" ");
  return Number(digits.replaceAll(",", "")) * (UNITS[unit] ?? Number.NaN);
}

describe("docs/limits.md", () => {
  const rows = [...page("limits.md").matchAll(/^\| `(\w+)`\s+\| ([^|]+) \|/gm)];
  const stated = Object.fromEntries(rows.map((row) => [row[1], numberOf((row[2] ?? "").trim())]));

  it("states every limit once, with its value", () => {
    expect(stated).toEqual(limits);
    expect(rows).toHaveLength(Object.keys(limits).length);
  });

  it("states the limits of sessions", () => {
    const text = page("limits.md").replace(/\s+/g, " ");
    const { perEvent, propagatedPerEvent, keyBytes, idBytes } = sessionLimits;
    expect(text).toContain(
      `at most ${perEvent} sessions per event and \`meta.propagated_sessions\` ${propagatedPerEvent}`,
    );
    expect(text).toContain(`at most ${keyBytes} bytes, its id at most ${idBytes}`);
  });
});

describe("docs/errors", () => {
  const pages = readdirSync(new URL("errors/", docs)).filter((file) => file !== "README.md");

  it("lists every page once", () => {
    const listed = [...page("errors/README.md").matchAll(/\]\((\w+\.md)\)/g)].map((link) => link[1]);
    expect(listed).toEqual(pages.sort());
  });

  it.each(pages)("%s tells what happened and what to do", (file) => {
    const text = page(`errors/${file}`);
    const code = file.replace(/\.md$/, "");
    expect(text.startsWith(`# ${code}\n`)).toBe(true);
    expect(text).toContain(`HTTP status ${new StepfastError(code as ErrorCode, "").status}.`);
    for (const part of ["**What happened.**", "**Why.**", "**What to do.**"]) expect(text).toContain(part);
  });
});
