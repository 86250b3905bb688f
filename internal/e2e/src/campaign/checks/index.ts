import type { Evidence } from "../evidence.ts";
import { checkArrivals } from "./arrivals.ts";
import { checkBulks } from "./bulks.ts";
import { checkCancellations } from "./cancellations.ts";
import { checkEnds } from "./ends.ts";
import { checkLanes } from "./lanes.ts";
import { checkOrder } from "./order.ts";
import { checkRollbacks } from "./rollbacks.ts";
import { checkSightings } from "./sightings.ts";
import { checkStarts } from "./starts.ts";
import { checkSteps } from "./steps.ts";

const checks = [
  checkArrivals,
  checkStarts,
  checkEnds,
  checkSteps,
  checkOrder,
  checkLanes,
  checkRollbacks,
  checkSightings,
  checkCancellations,
  checkBulks,
];

/** Everything that is not as promised, in words. */
export function judge(evidence: Evidence): string[] {
  return checks.flatMap((check) => [...check(evidence)]);
}
