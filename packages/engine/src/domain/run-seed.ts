import type { RunOrigin } from "@stepfast/store";
import type { FunctionSpec } from "./function-spec.ts";

/** A run that is to be: of which function, and what it comes from. */
export interface RunSeed {
  id: string;
  functionId: string;
  appId: string;
  origin: RunOrigin;
  parentRunId: string | null;
  parentStepId: string | null;
  /** Undefined: the function is not registered here; the run waits for it. */
  spec: FunctionSpec | undefined;
  /** The spec is what was last known: nobody has registered the function. Its gates are met when somebody does. */
  isAway?: boolean | undefined;
  /** The first of the runs that it repeats. */
  originalRunId?: string;
  /** JSON: where it comes from. */
  fork?: string;
}
