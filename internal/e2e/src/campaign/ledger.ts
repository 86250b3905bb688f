import { randomUUID } from "node:crypto";
import { openSync, readFileSync, statSync, writeSync } from "node:fs";
import { calls } from "./call.ts";

/** One execution of a step's body. */
export interface Execution {
  runId: string;
  step: string;
  attempt: number;
  /** Unlike that of any other execution. */
  value: string;
  /** Where the line of its beginning stands in the file. */
  begunAt: number;
  /** Where the line of its end stands; undefined: it was cut off in the middle. */
  endedAt?: number;
  /** See `Call`; undefined: the node called in its process. */
  generation?: number;
  /** See `Call`. */
  connection?: string;
}

/** Of which execution, and which side of it. */
type Line = Omit<Execution, "begunAt" | "endedAt"> & { mark: "begin" | "end"; offset: number };

const WHOLE = " .";

/**
 * What steps did to the outside world: a file that is only appended to, a line when a step's body begins and one when it
 * ends, each by one write. The operating system keeps a line once it is written, however the process ends; who is killed in the
 * write may leave a part of it, up to the end of a page: hence a line break on either side, and a mark at the end of what is whole.
 */
export class Ledger {
  readonly #path: string;
  #file: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Notes that an execution begins, and returns its value. */
  begin(runId: string, step: string, attempt: number): string {
    const value = randomUUID();
    const { generation, connection } = calls.getStore() ?? {};
    const by = [generation, connection].filter((each) => each !== undefined);
    this.#write(["begin", runId, step, attempt, value, ...by].join(" "));
    return value;
  }

  /** Notes that it came to its end, be it a result or an error. */
  end(runId: string, step: string, attempt: number, value: string): void {
    this.#write(`end ${runId} ${step} ${attempt} ${value}`);
  }

  #write(line: string): void {
    this.#file ??= openSync(this.#path, "a");
    writeSync(this.#file, `\n${whole([line])}\n`);
  }
}

/** These lines as a ledger has them. */
export function whole(lines: string[]): string {
  return lines.map((line) => `${line}${WHOLE}`).join("\n");
}

/** How long the ledger is by now. */
export function ledgerSize(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** All executions, in the order in which they began. */
export function readLedger(path: string): Execution[] {
  return ledgerSize(path) === 0 ? [] : parseLedger(readFileSync(path, "latin1"));
}

/** What was cut off never happened: it is written before a body's first act, or after its last. Throws if the text is no ledger. */
export function parseLedger(text: string): Execution[] {
  const byValue = new Map<string, Execution>();
  let offset = 0;
  for (const line of text.split("\n")) {
    if (line.endsWith(WHOLE)) enter(byValue, parseLine(line.slice(0, -WHOLE.length), offset));
    offset += line.length + 1;
  }
  return [...byValue.values()];
}

function enter(byValue: Map<string, Execution>, { mark, offset, ...about }: Line): void {
  const known = byValue.get(about.value);
  if (mark === "begin" && !known) byValue.set(about.value, { ...about, begunAt: offset });
  else if (mark === "end" && known && known.endedAt === undefined) known.endedAt = offset;
  else throw new Error(`"${mark} ${about.value}" does not belong at ${offset} of the ledger`);
}

function parseLine(line: string, offset: number): Line {
  const [mark = "", runId = "", step = "", attempt = "", value = "", ...by] = line.split(" ");
  const [generation, connection, ...rest] = by;
  if ((mark !== "begin" && mark !== "end") || value === "" || rest.length > 0)
    throw new Error(`"${line}" is no line of a ledger`);
  const known: Line = { mark, runId, step, attempt: Number(attempt), value, offset };
  if (generation === undefined) return known;
  return { ...known, generation: Number(generation), ...(connection && { connection }) };
}
