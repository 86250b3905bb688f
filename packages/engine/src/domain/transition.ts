import type { EventPayload, Json, JsonObject, WireError } from "@stepfast/protocol";
import type {
  AttemptRow,
  EventRow,
  Guard,
  MessageRow,
  MetadataRow,
  RunOrigin,
  RunPatch,
  RunStatus,
  StepRow,
  WaitRow,
} from "@stepfast/store";
import type { GateWork } from "./flow/gate-work.ts";
import type { RunFlow } from "./flow/run-flow.ts";
import type { FunctionSpec } from "./function-spec.ts";

/** An event the engine emits in the commit it belongs to. */
export interface Emission {
  row: EventRow;
  payload: EventPayload;
  /** Starts exactly this run; without it the event goes to all whose triggers match. */
  target?: {
    functionId: string;
    /** The function's app, if the function itself is not known here. */
    appId: string;
    /** The function, where it is registered nowhere. */
    spec?: FunctionSpec;
    runId: string;
    origin: RunOrigin;
    parentRunId: string | null;
    parentStepId: string | null;
  };
  /** Kept only if something listens to it. */
  optional?: boolean;
}

/** An event that is made only if somebody may listen to it: most ends are announced to nobody. */
export interface Announcement {
  name: string;
  make: () => Emission;
}

/** A call the engine makes once the transition is durable. */
export interface PlannedCall {
  id: number;
  stepId: string;
  attempt: number;
}

/** News for a call that was running in this process when it was decided; later calls know it from their start. */
export type Push = { callId: number; stepId: string } & (
  | { kind: "settle"; value: Json }
  | { kind: "retry"; attempt: number }
);

/** How a run ended. */
export interface Ending {
  status: Extract<RunStatus, "completed" | "failed" | "cancelled">;
  output: Json;
  error: WireError | null;
}

/** Something of a run is large: it is noted of the run, and logged. */
export interface SizeWarning {
  message: string;
  /** Hash of the step it is about; "": the run. */
  stepId: string;
  values: JsonObject;
}

/** Everything one decision changes. The rows go into one commit; the effects follow once it is durable. */
export interface Transition {
  steps: Map<string, StepRow>;
  run: Omit<RunPatch, "id">;
  attempts: AttemptRow[];
  metadata: MetadataRow[];
  /** What is told of its sizes. */
  warnings: SizeWarning[];
  newWaits: WaitRow[];
  /** `stepId`s of waits this run closes itself (a time-out): each must still be open. */
  closedWaits: string[];
  /** `stepId`s of waits that somebody else closed. */
  resolvedWaits: string[];
  consumed: string[];
  messages: MessageRow[];
  emissions: Emission[];
  announcement: Announcement | null;
  /** What must hold of others' waits. */
  waitGuards: Guard[];
  /** All waits of the run are closed, those that this decision opens too. */
  closesWaits: boolean;
  /** Waits of other runs that this one takes the place of. */
  replacedWaits: { runId: string; stepId: string }[];
  ending: Ending | null;
  /** Set: the run is released, and wants to be claimed then (null: when news comes). */
  park: { wakeAt: number | null } | null;
  calls: PlannedCall[];
  pushes: Push[];
  /** Running calls are told that the run is being cancelled. */
  cancelCalls: boolean;
  /** Calls that were answered. */
  answered: number[];
  news: boolean | null;
  forcePlan: boolean | null;
  /** What the run holds of its gates from now on; null: as before. */
  flow: RunFlow | null;
  /** What it is owed from now on; null: as before. */
  owed: number | null;
  /** What the commit does at gates. */
  gateWork: GateWork[];
  /** Places the run asks for once this is durable. */
  wanted: number;
  /** How many step bodies the call in this process wants to run at a time. */
  bodies: number;
  /** How many step bodies the call under way may run at once from now on; null: as before. */
  allowed: number | null;
  fruitlessAnswers: number | null;
  /** The report was not taken: its call has to stop. */
  refused: boolean;
}

export function emptyTransition(): Transition {
  return {
    steps: new Map(),
    run: {},
    attempts: [],
    metadata: [],
    warnings: [],
    newWaits: [],
    closedWaits: [],
    resolvedWaits: [],
    consumed: [],
    messages: [],
    emissions: [],
    announcement: null,
    waitGuards: [],
    closesWaits: false,
    replacedWaits: [],
    ending: null,
    park: null,
    calls: [],
    pushes: [],
    cancelCalls: false,
    answered: [],
    news: null,
    forcePlan: null,
    flow: null,
    owed: null,
    gateWork: [],
    wanted: 0,
    bodies: 1,
    allowed: null,
    fruitlessAnswers: null,
    refused: false,
  };
}

/** Whether there is anything to write. */
export function writesNothing(transition: Transition): boolean {
  return (
    transition.steps.size === 0 &&
    transition.attempts.length === 0 &&
    transition.metadata.length === 0 &&
    transition.newWaits.length === 0 &&
    transition.closedWaits.length === 0 &&
    transition.consumed.length === 0 &&
    transition.messages.length === 0 &&
    transition.emissions.length === 0 &&
    transition.ending === null &&
    transition.park === null &&
    transition.gateWork.length === 0 &&
    Object.keys(transition.run).length === 0
  );
}
