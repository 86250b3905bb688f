import { type Finding, matches, type Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

const UNRUN =
  /\b(?:it|test|describe|suite|bench)(?:\.\w+)*\.(?:skip|only|todo|skipIf|runIf|fails)\b|\b(?:xit|fit|xdescribe|fdescribe|xtest)\(/g;

/** Every test runs. */
export const unrunTests: Rule = {
  name: "unrun-tests",
  check: (files) =>
    matches(
      files.filter(isTestCode),
      "code",
      UNRUN,
      (match) => `"${match}": every test runs, or does not exist`,
    ),
};

const WAITING =
  /\bset(?:Timeout|Interval)\b|\bawait\s+(?:sleep|delay|wait)\(|\bAtomics\.wait\b|\bnode:timers(?:\/promises)?\b/g;
const ALLOWED = /\/\/ tidy: allow \S.{9,}/;

/** No test lets time pass in the hope that something has happened by then. */
export const sleepingTests: Rule = {
  name: "sleeping-tests",
  check: (files) =>
    matches(
      files.filter(isTestCode),
      "uncommented",
      WAITING,
      (match) =>
        `"${match}" in a test: move a fake clock or await a condition (or "// tidy: allow <reason>" above)`,
    ).filter((finding) => !isAllowed(finding, files)),
};

function isTestCode(file: SourceFile): boolean {
  return file.isTest && file.isTypeScript && !file.path.startsWith("internal/tidy/");
}

function isAllowed(finding: Finding, files: readonly SourceFile[]): boolean {
  const lines = files.find((file) => file.path === finding.path)?.text.split("\n") ?? [];
  return lines.slice(Math.max(0, finding.line - 2), finding.line).some((line) => ALLOWED.test(line));
}
