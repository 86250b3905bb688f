import { StepfastError } from "@stepfast/protocol";

/** Whoever reports has no longer the run's ear (PROTOCOL §7: 409). */
export function staleDispatch(): StepfastError {
  return new StepfastError(
    "stale_dispatch",
    "This call no longer owns its run: stop, and report nothing more",
  );
}
