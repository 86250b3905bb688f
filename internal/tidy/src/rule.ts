import type { SourceFile } from "./source-file.ts";

/** What is wrong, where. `size` is set where a rule limits a number. */
export interface Finding {
  path: string;
  line: number;
  message: string;
  size?: number;
}

export interface Rule {
  name: string;
  check(files: readonly SourceFile[]): Finding[];
}

/** Findings at every match of a pattern (with the g flag) in a view of the files. */
export function matches(
  files: readonly SourceFile[],
  view: "text" | "code" | "uncommented",
  pattern: RegExp,
  messageOf: (match: string) => string,
): Finding[] {
  return files.flatMap((file) =>
    [...file[view].matchAll(pattern)].map((match) => ({
      path: file.path,
      line: file.lineOf(match.index),
      message: messageOf(match[0].trim()),
    })),
  );
}
