import type { Rule } from "../rule.ts";

const VAGUE = /(^|[-._])(utils?|helpers?|misc|common)([-._]|$)/i;

/** A file is a noun: its name says what is in it. */
export const fileNames: Rule = {
  name: "file-names",
  check: (files) =>
    files
      .filter((file) => file.path.split("/").some((part) => VAGUE.test(part)))
      .map((file) => ({
        path: file.path,
        line: 1,
        message: "this name says nothing: name the file after the idea it holds",
      })),
};
