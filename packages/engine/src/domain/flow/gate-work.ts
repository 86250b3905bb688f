import type { ParkedRun } from "@stepfast/store";
import type { FunctionSpec } from "../function-spec.ts";
import type { RunSeed } from "../run-seed.ts";
import type { Trigger } from "./admission.ts";
import type { RunFlow } from "./run-flow.ts";

/** What a commit does at gates beside the runs that its events start. */
export type GateWork =
  /** The run wants places: up to this many, one at least. */
  | { kind: "ask"; run: ParkedRun; flow: RunFlow; places: number }
  /** The run gives places up. */
  | { kind: "leave"; runId: string; flow: RunFlow; places: number; isEnded: boolean }
  /** The run goes away from the gate at which it waits; null: it turned out that it has been let through. */
  | {
      kind: "withdraw";
      runId: string;
      functionId: string;
      gate: string | null;
      flow: RunFlow;
      isEnded: boolean;
    }
  /** A run that repeats another is made. */
  | { kind: "repeat"; seed: RunSeed; trigger: Trigger; eventIds: string[] }
  /** The gate's limit has changed: those who wait may pass. */
  | { kind: "open"; gateId: string }
  /** The gate's time has come. A debounce's event is looked up before; `spec`: the gate's function, if it is known. */
  | { kind: "due"; gateId: string; trigger?: Trigger | undefined; spec?: FunctionSpec | undefined };

/** The answer to an `ask`. */
export interface GrantedPlaces {
  places: number;
  /** Where the run waits for one more; null: it has all it asked for. */
  gate: string | null;
}
