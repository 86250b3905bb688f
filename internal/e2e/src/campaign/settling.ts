import { setTimeout as pause } from "node:timers/promises";
import type { Api, ApiRun } from "./api.ts";
import type { Courier } from "./courier.ts";
import { BEACON } from "./scenarios/beacon.ts";
import { GATE } from "./scenarios/gate.ts";

const LOOK_AGAIN_MS = 50;

/** Opens the gates that are still shut, lights the beacons, and waits until no run is live, or until it takes too long. */
export async function settle(api: Api, courier: Courier, limitMs: number): Promise<void> {
  const until = performance.now() + limitMs;
  for (;;) {
    const live = await api.runs("status=queued,running");
    if (live.length === 0 || performance.now() > until) return;
    for (const run of live) await helpOn(api, courier, run);
    await pause(LOOK_AGAIN_MS);
  }
}

async function helpOn(api: Api, courier: Courier, { trigger }: ApiRun): Promise<void> {
  const { eventName, eventIds } = trigger;
  if (eventName !== GATE && eventName !== BEACON) return;
  const { data } = await api.event(eventIds[0] ?? "");
  const key = String(data.key);
  // A beacon that has been lit, or does not wait yet, takes no signal.
  if (eventName === BEACON) await courier.light(api, key).catch(() => {});
  else await courier.open(api, key);
}
