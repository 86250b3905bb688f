import { StepfastError } from "@stepfast/protocol";

/** For a call that reports to a run which is another call's, or another node's, by now (PROTOCOL §7: 409). */
export function staleDispatch(): StepfastError {
  return new StepfastError(
    "stale_dispatch",
    "This call no longer owns its run: stop, and report nothing more",
  );
}
