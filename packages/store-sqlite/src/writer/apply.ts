import { StepfastError } from "@stepfast/protocol";
import { conflictKinds, type Reply, sections } from "../message.ts";
import type { Cursor } from "./cursor.ts";
import { endGate, putGate } from "./gates.ts";
import { guardHolds } from "./guards.ts";
import { consume, deliver, endMessages } from "./inbox.ts";
import { insertAttempt, insertEvents, insertMetadata, insertRun } from "./inserts.ts";
import { claimKeys } from "./keys.ts";
import { patchRun } from "./patches.ts";
import type { WriterState } from "./state.ts";
import { writeSteps } from "./steps.ts";
import { closeWait, endWaits, openWait } from "./waits.ts";

type Section = (state: WriterState, from: Cursor, count: number) => Reply;

const apply: Record<number, Section> = {
  [sections.guards]: checkGuards,
  [sections.keys]: claimKeys,
  [sections.events]: insertEvents,
  [sections.newRuns]: each(insertRun),
  [sections.steps]: writeSteps,
  [sections.attempts]: each(insertAttempt),
  [sections.metadata]: each(insertMetadata),
  [sections.newWaits]: each(openWait),
  [sections.closedWaits]: each(closeWait),
  [sections.endedWaits]: each(endWaits),
  [sections.messages]: each(deliver),
  [sections.consumed]: each(consume),
  [sections.endedMessages]: each(endMessages),
  [sections.gates]: each(putGate),
  [sections.endedGates]: each(endGate),
  [sections.runs]: each(patchRun),
};

/** Applies a change-set, or tells why not. A refusal may come after some of it was written: see `isDirty`. */
export function applyChangeSet(state: WriterState, from: Cursor): Reply {
  while (!from.isAtEnd) {
    const section = apply[from.number()];
    if (section === undefined) throw new StepfastError("internal", "The writer got a part it does not know.");
    const refusal = section(state, from, from.number());
    if (refusal !== null) return refusal;
  }
  return null;
}

function each(applyOne: (state: WriterState, from: Cursor) => void): Section {
  return (state, from, count) => {
    for (let i = 0; i < count; i++) applyOne(state, from);
    return null;
  };
}

function checkGuards(state: WriterState, from: Cursor, count: number): Reply {
  for (let index = 0; index < count; index++) {
    if (!guardHolds(state, from)) return { conflict: conflictKinds.guard, index, holder: "" };
  }
  return null;
}
