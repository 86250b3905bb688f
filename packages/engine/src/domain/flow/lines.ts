import { sha1Hex } from "@stepfast/protocol";
import type { ParkedRun } from "@stepfast/store";
import { type GateBoard, isBefore, type OpenGate } from "./gate-board.ts";
import { isSharedGate } from "./gate-id.ts";
import { gatesAhead, type RunFlow } from "./run-flow.ts";

/** State of the gate that stands for a line: of kind `lane`, it has no places. */
export interface LineState {
  held: 0;
  limit: 0;
  /** Behind the head. */
  waiting: number;
  head: ParkedRun;
  /** Where the head waits. */
  at: string;
}

export type Line = OpenGate<LineState>;

const PREFIX = "line:";

export function isLine(gateId: string): boolean {
  return gateId.startsWith(PREFIX);
}

const known = new WeakMap<RunFlow, string>();

/** The line in which a run waits; null: it waits at the only gate ahead of it. */
export function lineId(functionId: string, flow: RunFlow): string | null {
  const gates = gatesAhead(flow);
  const [first = ""] = gates;
  if (gates.length <= 1 && !isSharedGate(first)) return null;
  const id = known.get(flow) ?? `${PREFIX}${functionId}:${sha1Hex(gates.join("\n"))}`;
  known.set(flow, id);
  return id;
}

/**
 * Runs of one function with the same gates ahead: where one of them cannot pass none behind him can. So only the first of them, the
 * head, stands at a gate; the others wait in the line, which no opening gate looks at. However many they are, at a gate there
 * is one of them, and who has other gates ahead is behind few.
 */
export class Lines {
  readonly #board: GateBoard;

  constructor(board: GateBoard) {
    this.#board = board;
  }

  of({ functionId }: Pick<ParkedRun, "functionId">, flow: RunFlow): Line | null {
    const id = lineId(functionId, flow);
    return id === null ? null : this.gate(id, functionId);
  }

  gate(id: string, functionId: string | null = null): Line {
    return this.#board.gate<LineState>(id, "lane", functionId);
  }

  /** Whether the run stands at a gate for the line. Another node may know better: it must still be so when this is written. */
  isHead(line: Line, runId: string): boolean {
    line.isTouched = true;
    return line.state?.head.id === runId;
  }

  /** Whether the run goes to the end of the line: a head is there, and before it. */
  isBehind(line: Line, run: ParkedRun): boolean {
    return line.state !== null && isBefore(line.state.head, run);
  }

  add(line: Line, run: ParkedRun): void {
    line.add(run);
    if (line.state) line.put({ ...line.state, waiting: line.state.waiting + 1 }, null);
  }

  remove(line: Line, runId: string): void {
    line.isTouched = true;
    line.remove(runId);
    if (line.state) line.put({ ...line.state, waiting: Math.max(0, line.state.waiting - 1) }, null);
  }

  /** The run is the first of them, and stands at this gate. */
  lead(line: Line, head: ParkedRun, at: string): void {
    line.put({ held: 0, limit: 0, waiting: line.state?.waiting ?? 0, head, at }, null);
  }

  /** Takes the next out of the line, whose head has gone; undefined: nobody is there, or he must be looked up first. */
  next(line: Line): ParkedRun | undefined {
    const { first } = line;
    const waiting = line.state?.waiting ?? 0;
    if (first && waiting > 0) this.remove(line, first.id);
    else if (waiting > 0 && !line.isWhole) this.#board.needs.add(line.id);
    else line.end();
    return waiting > 0 ? first : undefined;
  }
}
