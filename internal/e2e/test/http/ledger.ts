/** What the bodies of steps and functions note down as they run. */
export class Ledger {
  readonly lines: string[] = [];

  /** Notes it and hands the value on. */
  note<T>(line: string, value?: T): T {
    this.lines.push(line);
    return value as T;
  }

  count(line: string): number {
    return this.lines.filter((each) => each === line).length;
  }
}
