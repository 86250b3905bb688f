import { type Evidence, groupBy } from "../evidence.ts";
import type { Execution } from "../ledger.ts";
import { recordedValues, type Sighting, stepsOf } from "../record.ts";

/** What the API once showed as recorded stayed as it was, and did not begin again. */
export function* checkSightings(evidence: Evidence): Generator<string> {
  const byStep = groupBy(evidence.executions, ({ runId, step }) => `${runId} ${step}`);
  for (const sighting of evidence.courier.sightings) {
    const { runId, recorded } = sighting;
    const steps = stepsOf(evidence.traces.get(runId));
    for (const [step, seen] of recorded) {
      const now = recordedValues(steps.get(step));
      const executions = byStep.get(`${runId} ${step}`) ?? [];
      for (const problem of problemsOf({ sighting, seen, now, executions }))
        yield `step ${step} of run ${runId}: ${problem}`;
    }
  }
}

function* problemsOf(about: {
  sighting: Sighting;
  seen: Map<number, string>;
  now: Map<number, string>;
  executions: Execution[];
}): Generator<string> {
  const { sighting, seen, now, executions } = about;
  for (const [attempt, value] of seen) {
    if (now.get(attempt) !== value) yield `attempt ${attempt} was ${value}, and is now ${now.get(attempt)}`;
    for (const { attempt: begun, begunAt } of executions)
      if (begun === attempt && begunAt >= sighting.ledgerBytes)
        yield `attempt ${attempt} began again after the API had shown it`;
  }
}
