import type { ApiEvent } from "../api.ts";
import { type Evidence, groupBy } from "../evidence.ts";
import { AUDITOR } from "../scenarios/audit.ts";

const ONE_RUN = "one run";

/** Every event started one run of each function it must start, and no other. */
export function* checkStarts(evidence: Evidence): Generator<string> {
  const { events, runs } = evidence;
  const byEvent = groupBy(runs, (run) => run.trigger.eventIds[0] ?? "");
  for (const event of events) {
    const started = (byEvent.get(event.internal_id) ?? []).map((run) => run.function.id).sort();
    const expected = expectedStarts(evidence, event);
    if (expected === ONE_RUN ? started.length === 1 : started.join() === expected.sort().join()) continue;
    yield `event ${event.internal_id} ${event.name} started [${started}] instead of [${expected}]`;
  }
  const known = new Set(events.map((event) => event.internal_id));
  for (const [eventId, orphans] of byEvent) {
    if (!known.has(eventId)) yield `run ${orphans[0]?.id} was started by ${eventId}, which is not there`;
  }
}

function expectedStarts({ scenarios }: Evidence, event: ApiEvent): string[] | typeof ONE_RUN {
  switch (event.name) {
    case "inngest/function.finished":
      return [AUDITOR];
    case "inngest/function.failed":
      return scenarios.flatMap(({ outcomes }) => {
        const handler = `${event.data.function_id}-failure`;
        return outcomes[handler] === undefined ? [] : [handler];
      });
    case "inngest/function.cancelled":
      return [];
    case "inngest/function.invoked":
    case "inngest/deferred.schedule":
      return ONE_RUN;
    default:
      return scenarios.flatMap((scenario) => scenario.starts[event.name] ?? []);
  }
}
