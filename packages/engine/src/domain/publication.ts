import type { EventPayload } from "@stepfast/protocol";
import type { ChangeSet, Guard, MessageRow, WaitRow } from "@stepfast/store";
import type { GateChanges, GateView } from "./flow/gate-board.ts";
import type { FlowRules } from "./flow/gate-rooms.ts";
import type { GrantedPlaces } from "./flow/gate-work.ts";
import type { LeasedRun } from "./flow/lanes.ts";
import type { FunctionIndex, TriggerProblem } from "./function-index.ts";
import type { FunctionSpec } from "./function-spec.ts";
import type { NewRun } from "./new-run.ts";

/** A run that begins in the memory of the node that made it. */
export interface BornRun extends NewRun {
  spec: FunctionSpec;
  payload: EventPayload;
}

/** What a refused commit taught: looked at when the same events are published again. */
export interface Learned {
  /** Idempotency keys (`<scope> <key>`) that a run has: its id. Null: none is known. */
  takenKeys: Map<string, string> | null;
  /** Where runs wait that were thought to wait elsewhere, by id; null: nowhere any more. Null: none was looked up. */
  whereabouts: Map<string, string | null> | null;
  /** Runs that wait at a gate and are not as they were thought to be: somebody owns them, or did. Null: none is known. */
  owned: Set<string> | null;
}

export interface PublishContext {
  now: number;
  newId: () => string;
  /** Session that owns one run more than `count` that it gets now; null: it is not for this node, or there is no room. */
  ownerOfNext: (count: number, spec: FunctionSpec) => string | null;
  index: FunctionIndex;
  learned: Learned;
  onProblem: (problem: TriggerProblem) => void;
  gates: GateView;
  rules: FlowRules;
}

/** Waits that events of this publication resolve, and the guards that make sure none was overlooked. */
export interface WaitFindings {
  guards: Guard[];
  /** By event row id. */
  matches: ReadonlyMap<string, WaitRow[]>;
}

/** Rows of the events, the runs they start and the waits they resolve; and what follows once they are durable. */
export interface Publication {
  changes: ChangeSet;
  born: BornRun[];
  /** Runs that were let through a gate and are this node's from now on: to be read from the store. */
  leased: readonly LeasedRun[];
  messages: MessageRow[];
  /** When the first of the runs that were parked at birth wants to be claimed; null: none was. */
  wakeAt: number | null;
  /** Gates that must be read before this can be planned: the plan is void. */
  needs: ReadonlySet<string>;
  /** Null: no gate was looked at. */
  gates: GateChanges | null;
  /** The answer to the work of kind `ask`; null: there was none. */
  granted: GrantedPlaces | null;
}
