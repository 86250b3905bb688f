import { describe, expect, it } from "vitest";
import { CancelWatch, type CancelWatchOptions } from "../../src/serve/cancel-watch.ts";
import { newClient } from "../inline/fake-host.ts";

type Answer = Response | Error;

/** A watch whose questions are answered one after the other; the last is left open until it is given up. */
function watch(answers: Answer[], more: Partial<CancelWatchOptions> = {}) {
  const asked: string[] = [];
  let onGivenUp = () => {};
  const givenUp = new Promise<void>((resolve) => {
    onGivenUp = resolve;
  });
  const fetch = async (url: URL | string, init?: { signal?: AbortSignal }): Promise<Response> => {
    asked.push(new URL(url).pathname);
    const next = answers.shift();
    if (next instanceof Error) throw next;
    if (next) return next;
    return new Promise((_, reject) => {
      init?.signal?.addEventListener("abort", () => {
        onGivenUp();
        reject(new Error("aborted"));
      });
    });
  };
  const client = newClient({ fetch: fetch as never, baseUrl: "http://127.0.0.1:1" }) as never;
  const options = { client, headers: {}, runId: "01RUN", request: {}, sleep: async () => {}, ...more };
  return { cancelWatch: new CancelWatch(options), asked, givenUp };
}

const told = (data: object, status = 200) => Response.json({ data, status }, { status });

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}

describe("the signal of a step that executes behind a network", () => {
  it("costs nothing until it is looked at", () => {
    const { cancelWatch, asked } = watch([]);
    cancelWatch.stop();
    expect(asked).toEqual([]);
  });

  it("asks until the run is cancelled, whatever fails meanwhile", async () => {
    const answers = [
      told({ cancelled: false, ended: false }),
      new Error("no connection"),
      new Response("busy", { status: 503 }),
      told({ cancelled: true, ended: false }),
    ];
    const { cancelWatch, asked } = watch(answers);
    expect(cancelWatch.signal).toBe(cancelWatch.signal);
    await aborted(cancelWatch.signal);
    expect(asked).toEqual(Array(4).fill("/v1/checkpoint/01RUN/cancellation"));
  });

  it("gives the question up when the call is over", async () => {
    const { cancelWatch, givenUp } = watch([]);
    const { signal } = cancelWatch;
    cancelWatch.stop();
    await givenUp;
    expect(signal.aborted).toBe(false);
  });

  it("is aborted when the caller hangs up", async () => {
    const caller = new AbortController();
    const { cancelWatch } = watch([], { request: { signal: caller.signal } });
    const { signal } = cancelWatch;
    caller.abort();
    expect(signal.aborted).toBe(true);
    cancelWatch.stop();
  });

  it.each([
    ["does not know the question", new Response("no", { status: 404 })],
    ["says that the run has ended", told({ cancelled: false, ended: true })],
  ])("asks no server again that %s", async (_what, answer) => {
    const { cancelWatch, asked } = watch([answer]);
    expect(cancelWatch.signal.aborted).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toHaveLength(1);
  });
});
