import { blankComments, blankCommentsAndTexts } from "./scanner.ts";

/** One tracked file. `path` is relative to the repository, with `/`. */
export class SourceFile {
  readonly path: string;
  readonly text: string;
  #code: string | undefined;
  #uncommented: string | undefined;

  constructor(path: string, text: string) {
    this.path = path;
    this.text = text;
  }

  get isTypeScript(): boolean {
    return /\.(ts|tsx|mts)$/.test(this.path);
  }

  get isTest(): boolean {
    return /(^|\/)test\//.test(this.path);
  }

  /** The text with comments, texts and patterns blanked; every position stays what it was. */
  get code(): string {
    this.#code ??= blankCommentsAndTexts(this.text);
    return this.#code;
  }

  /** The text with comments blanked. */
  get uncommented(): string {
    this.#uncommented ??= blankComments(this.text);
    return this.#uncommented;
  }

  /** Line number (from 1) of a position. */
  lineOf(position: number): number {
    return this.text.slice(0, position).split("\n").length;
  }

  /** The part `packages/<name>`, `internal/<name>` or `examples/<name>` of the path; `""` elsewhere. */
  get workspace(): string {
    return /^(packages|internal|examples)\/[^/]+/.exec(this.path)?.[0] ?? "";
  }
}
