import { StepfastError } from "@stepfast/protocol";

export function functionNotFound(functionId: string): StepfastError {
  return new StepfastError(
    "function_not_found",
    `There is no function "${functionId}": is its app registered?`,
  );
}

export function runNotFound(runId: string): StepfastError {
  return new StepfastError("run_not_found", `There is no run "${runId}"`);
}
