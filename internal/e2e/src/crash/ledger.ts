import { randomUUID } from "node:crypto";
import { openSync, readFileSync, statSync, writeSync } from "node:fs";

/** One execution of a step's body. */
export interface LedgerLine {
  runId: string;
  step: string;
  attempt: number;
  /** Unlike that of any other execution. */
  value: string;
  /** Where the line begins in the file. */
  offset: number;
}

/**
 * What steps did to the outside world: a file that is only appended to, a line an execution, each by one write. The
 * operating system keeps a line once it is written, however the process ends.
 */
export class Ledger {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Notes an execution and returns its value. */
  add(runId: string, step: string, attempt: number): string {
    this.#file ??= openSync(this.#path, "a");
    const value = randomUUID();
    writeSync(this.#file, `${runId} ${step} ${attempt} ${value}\n`);
    return value;
  }
}

/** How long the ledger is by now. */
export function ledgerSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

export function readLedger(path: string): LedgerLine[] {
  if (ledgerSize(path) === 0) return [];
  const found: LedgerLine[] = [];
  let offset = 0;
  for (const line of readFileSync(path, "latin1").split("\n")) {
    if (line !== "") found.push(parseLine(line, offset));
    offset += line.length + 1;
  }
  return found;
}

function parseLine(line: string, offset: number): LedgerLine {
  const [runId = "", step = "", attempt = "", value = "", ...rest] = line.split(" ");
  if (value === "" || rest.length > 0) throw new Error(`"${line}" is no line of a ledger`);
  return { runId, step, attempt: Number(attempt), value, offset };
}
