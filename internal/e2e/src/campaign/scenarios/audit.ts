import type { HasInline } from "@stepfast/protocol";
import { calledApp } from "../app-under-test.ts";
import type { Workshop } from "../workshop.ts";

export const AUDITOR = `${calledApp.id}-auditor`;

/** Hears of each run's end once. */
export function auditor({ client, tasks }: Workshop): HasInline {
  return client.createFunction(
    { id: "auditor", retries: 1, triggers: [{ event: "inngest/function.finished" }] },
    async ({ step, runId }) => ({ audit: await tasks(step, runId)("audit") }),
  );
}
