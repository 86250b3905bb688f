import type { TriggerConfig } from "@stepfast/protocol";
import { LimitedApp } from "../flow/limited-app.ts";

/** Functions on schedules. Moving time far wants a long lease. */
export class ScheduledApp extends LimitedApp {
  /** What runs of the function were started by, as the events say: `scheduledAt`, in order of the runs. */
  async ticks(functionId: string): Promise<string[]> {
    const runs = (await this.runs(functionId)).filter((run) => run.origin === "cron");
    const events = await this.store.getEvents(runs.map((run) => run.eventId));
    return events.map((event) => String((JSON.parse(event.data) as { scheduledAt: unknown }).scheduledAt));
  }

  async schedules() {
    return this.store.listGates({ kinds: ["schedule"] });
  }

  async schedule(id: string, ...triggers: TriggerConfig[]): Promise<void> {
    await this.limit({ id, triggers });
  }
}

/** `09:00` as an event has it, on the day on which the tests' clock begins. */
export const at = (time: string) => `2026-01-01T${time}Z`;

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
