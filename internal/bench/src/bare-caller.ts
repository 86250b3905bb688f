import { Agent, request } from "undici";

/*
 * Calls an app as a server does that keeps and looks at nothing: what an app and its SDK take by themselves.
 */

const ROUND_TRIPS = 500;

interface Reported {
  id: string;
  data: unknown;
}

function bodyOf(runId: string, steps: number, results: Record<string, unknown>): string {
  const event = { name: "bench/plain", data: { steps }, id: runId, ts: Date.now() };
  const stack = Object.keys(results);
  const ctx = {
    run_id: runId,
    env: "",
    step_id: "step",
    attempt: 0,
    max_attempts: 4,
    stack: { stack, current: stack.length },
    disable_immediate_execution: false,
    use_api: false,
  };
  return JSON.stringify({
    event,
    events: [event],
    steps: results,
    defers: {},
    ctx,
    version: 2,
    use_api: false,
  });
}

export class BareCaller {
  readonly #dispatcher = new Agent({ connections: 512 });
  readonly #origin: string;
  #runs = 0;

  /** `origin`: of an app as in http-app.ts. */
  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Milliseconds of bare round trips, one after the other on one connection. */
  async roundTrips(count = ROUND_TRIPS): Promise<number[]> {
    const body = bodyOf("none", 1, {});
    const times: number[] = [];
    for (let i = 0; i < count; i++) {
      const begunAt = performance.now();
      await this.#post("/echo", body);
      times.push(performance.now() - begunAt);
    }
    return times.slice(count / 10);
  }

  /** Milliseconds of a run of so many steps. */
  async timedRun(steps: number): Promise<number> {
    const begunAt = performance.now();
    await this.#run(steps);
    return performance.now() - begunAt;
  }

  /** Milliseconds of so many runs of one step, `atOnce` at a time. */
  async timedCrowd(runs: number, atOnce: number): Promise<number> {
    const begunAt = performance.now();
    let left = runs;
    const work = async () => {
      while (left-- > 0) await this.#run(1);
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, runs) }, work));
    return performance.now() - begunAt;
  }

  close(): Promise<void> {
    return this.#dispatcher.destroy();
  }

  async #run(steps: number): Promise<void> {
    const runId = `01J${String(this.#runs++).padStart(23, "0")}`;
    const results: Record<string, unknown> = {};
    for (;;) {
      const { status, text } = await this.#post(
        "/api/inngest?fnId=bench-plain&stepId=step",
        bodyOf(runId, steps, results),
      );
      if (status === 200) return;
      if (status !== 206) throw new Error(`the app answered with ${status}: ${text}`);
      for (const { id, data } of JSON.parse(text) as Reported[]) results[id] = { data };
    }
  }

  async #post(path: string, body: string): Promise<{ status: number; text: string }> {
    const headers = {
      "content-type": "application/json",
      "x-inngest-server-kind": "dev",
      "x-inngest-req-version": "2",
    };
    const dispatcher = this.#dispatcher;
    const response = await request(`${this.#origin}${path}`, {
      method: "POST",
      headers,
      body,
      dispatcher,
    });
    return { status: response.statusCode, text: await response.body.text() };
  }
}
