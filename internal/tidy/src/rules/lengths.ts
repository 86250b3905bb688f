import { functionsIn } from "../function-scanner.ts";
import type { Finding, Rule } from "../rule.ts";
import type { SourceFile } from "../source-file.ts";

const MAX_FILE_LINES = 400;
const MAX_FUNCTION_LINES = 80;
const DECLARES_TESTS = /(?<![.\w])(?:it|test|describe)(?:\.\w+)*\(/;

export const fileLength: Rule = {
  name: "file-length",
  check: (files) =>
    files
      .filter((file) => file.isTypeScript && !isGenerated(file))
      .map((file) => ({ file, size: file.text.trimEnd().split("\n").length }))
      .filter(({ size }) => size > MAX_FILE_LINES)
      .map(({ file, size }) => ({
        path: file.path,
        line: 1,
        size,
        message: `${size} lines: a file holds one idea in at most ${MAX_FILE_LINES}`,
      })),
};

/** Nobody reads what a program wrote; a test says that it is up to date. */
function isGenerated({ text }: SourceFile): boolean {
  return text.startsWith("// Generated from ");
}

/** A function that declares tests is a list of them, as long as it has to be; each test counts for itself. */
export const functionLength: Rule = {
  name: "function-length",
  check: (files) => files.filter((file) => file.isTypeScript).flatMap(longFunctions),
};

function longFunctions(file: SourceFile): Finding[] {
  const holdsTests = file.isTest || file.path.startsWith("internal/");
  return functionsIn(file.code)
    .filter(({ start, end }) => !holdsTests || !DECLARES_TESTS.test(file.code.slice(start, end)))
    .map(({ start, end }) => ({ line: file.lineOf(start), size: file.lineOf(end) - file.lineOf(start) + 1 }))
    .filter(({ size }) => size > MAX_FUNCTION_LINES)
    .map(({ line, size }) => ({ path: file.path, line, size, message: lengthMessage(size) }));
}

function lengthMessage(size: number): string {
  return `a function of ${size} lines: at most ${MAX_FUNCTION_LINES}`;
}
