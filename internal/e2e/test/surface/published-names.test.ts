import { describe, expect, it } from "vitest";
import { InstalledPackage } from "./declared.ts";
import { leftOut } from "./left-out.ts";

/*
 * Who replaces the published package by ours finds every name where it was, or finds in docs/compatibility.md why not. Names
 * that are left out stand in left-out.ts, each with its reason.
 */

const published = new InstalledPackage("inngest-official");
const ours = new InstalledPackage("stepfast");

describe.each(published.entries)("the published entry %s", (entry) => {
  const excused = leftOut[entry] ?? {};

  it("is there", () => {
    expect(ours.entries).toContain(entry);
  });

  it("has all of its names here, but for those that are explained", () => {
    const names = ours.names(entry);
    const lacking = [...published.names(entry)].filter((name) => !names.has(name));
    expect(lacking.sort()).toEqual(Object.keys(excused).sort());
  });

  it("has all of its values here as values", () => {
    const values = ours.values(entry);
    const lacking = [...published.values(entry)].filter((name) => !values.has(name) && !(name in excused));
    expect(lacking).toEqual([]);
  });
});
