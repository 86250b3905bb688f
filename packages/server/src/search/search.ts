import { SearchExpression } from "@stepfast/engine";
import type { Json } from "@stepfast/protocol";
import type { EventRow, RunRow } from "@stepfast/store";
import { parsed } from "../views/envelope.ts";
import { eventPayloadView } from "../views/event.ts";

/** Whether the run is looked for, given its triggering event. */
export function runMatcher(text: string): (run: RunRow, event: EventRow | undefined) => boolean {
  const expression = new SearchExpression(text);
  return (run, event) => {
    const value = parsed(run.output) as Json;
    const isCompleted = run.status === "completed";
    return expression.test({
      event: event ? eventPayloadView(event) : null,
      output: isCompleted ? value : null,
      error: isCompleted ? null : value,
      run: {
        id: run.id,
        status: run.status.toUpperCase(),
        function: run.functionId,
        app: run.appId,
        attempt: run.attempt,
      },
    });
  };
}

/** Whether the event is looked for. */
export function eventMatcher(text: string): (event: EventRow) => boolean {
  const expression = new SearchExpression(text);
  return (event) => expression.test({ event: eventPayloadView(event) });
}
