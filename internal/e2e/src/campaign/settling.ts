import { setTimeout as pause } from "node:timers/promises";
import type { Api, ApiRun } from "./api.ts";
import { isKind } from "./app-under-test.ts";
import type { Courier } from "./courier.ts";

const LOOK_AGAIN_MS = 50;
const TRY_AGAIN_MS = 1_000;

/** Does it again while it fails, until it takes too long: after a storm, a machine with much else to do lets a request fail now and then. */
export async function persist<T>(work: () => Promise<T>, limitMs: number): Promise<T> {
  const until = performance.now() + limitMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > until) throw error;
      await pause(TRY_AGAIN_MS);
    }
  }
}

/** Opens the gates that are still shut, lights the beacons, and waits until no run is live, or until it takes too long. */
export async function settle(api: Api, courier: Courier, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  for (;;) {
    const live = await api.runs("status=queued,running");
    if ((live.length === 0 && (await haveEnded(api, courier))) || performance.now() > until) return;
    for (const run of live) await helpOn(api, courier, run);
    await pause(LOOK_AGAIN_MS);
  }
}

async function helpOn(api: Api, courier: Courier, { trigger }: ApiRun): Promise<void> {
  const { eventName, eventIds } = trigger;
  if (eventName === null || !(isKind(eventName, "gate") || isKind(eventName, "beacon"))) return;
  const { data } = await api.event(eventIds[0] ?? "");
  const key = String(data.key);
  // A beacon that has been lit, or does not wait yet, takes no signal.
  if (isKind(eventName, "beacon")) await courier.light(api, key).catch(() => {});
  else await courier.open(api, { name: eventName, key });
}

/** The bulk operations, which may have nothing to do any more and do not know it yet. */
async function haveEnded(api: Api, courier: Courier): Promise<boolean> {
  const jobs = await Promise.all(courier.bulks.map((id) => api.bulkCancellation(id)));
  return jobs.every(({ status }) => status !== "running");
}
