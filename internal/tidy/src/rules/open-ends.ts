import { matches, type Rule } from "../rule.ts";

const MARKS = /\b(?:TODO|FIXME|XXX)\b/g;

/** What is left to do is an issue, not a comment. */
export const openEnds: Rule = {
  name: "open-ends",
  check: (files) =>
    matches(
      files.filter((file) => !file.path.startsWith("internal/tidy/")),
      "text",
      MARKS,
      (mark) => `${mark}: do it now, or write an issue`,
    ),
};
