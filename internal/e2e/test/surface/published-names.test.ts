import * as publishedMain from "inngest-official";
import * as publishedConnect from "inngest-official/connect";
import * as publishedTypes from "inngest-official/types";
import * as main from "stepfast";
import * as connect from "stepfast/connect";
import * as types from "stepfast/types";
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

  it("is here with all its names, but for those that are explained", () => {
    expect(ours.entries).toContain(entry);
    const names = ours.names(entry);
    const all = new Set([...published.names(entry), ...published.values(entry)]);
    const lacking = [...all].filter((name) => !names.has(name));
    expect(lacking.sort()).toEqual(Object.keys(excused).sort());
  });

  it("has all its values here as values", () => {
    const values = ours.values(entry);
    const lacking = [...published.values(entry)].filter((name) => !values.has(name) && !(name in excused));
    expect(lacking).toEqual([]);
  });
});

/** Those that work inside a run only, and what differs by nature. */
const UNLIKE = new Set(["group", "step", "version"]);

const pairs: [string, object, object][] = [
  [".", publishedMain, main],
  ["./connect", publishedConnect, connect],
  ["./types", publishedTypes, types],
];

describe.each(pairs)("what the published entry %s holds", (entry, theirs, own) => {
  const shared = Object.entries(theirs).filter(([name]) => name in own && !(name in (leftOut[entry] ?? {})));

  it("is of the same kind", () => {
    for (const [name, value] of shared) expect(typeof Reflect.get(own, name), name).toBe(typeof value);
  });

  it("has the same members, and constants the same values", () => {
    for (const [name, value] of shared) {
      if (typeof value !== "object" || value === null || UNLIKE.has(name)) continue;
      for (const [key, member] of Object.entries(value)) {
        const other = Reflect.get(Reflect.get(own, name) as object, key);
        if (typeof member === "function") expect(typeof other, `${name}.${key}`).toBe("function");
        else if (typeof member !== "object") expect(other, `${name}.${key}`).toEqual(member);
      }
    }
  });
});
