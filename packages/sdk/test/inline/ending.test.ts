import { describe, expect, it } from "vitest";
import { deferred, hash, newClient, settled, start } from "./fake-host.ts";

const client = newClient();
const trigger = { event: "test/happened" };

function answered(promise: Promise<unknown>): () => boolean {
  let done = false;
  promise.then(() => {
    done = true;
  });
  return () => done;
}

describe("a call that is taken away", () => {
  it("does nothing more after a stale dispatch", async () => {
    const ran: string[] = [];
    const fn = client.createFunction({ id: "stale" }, trigger, async ({ step }) => {
      await step.run("one", () => ran.push("one"));
      await step.run("two", () => ran.push("two"));
    });
    const { host, session } = start(fn, { manual: true });
    const isAnswered = answered(session.answer);
    await host.reported(1);
    host.refuse();
    await settled();
    expect(ran).toEqual(["one"]);
    expect(host.reports).toHaveLength(1);
    expect(isAnswered()).toBe(false);
  });

  it("answers a retriable error if a report fails for another reason", async () => {
    const fn = client.createFunction({ id: "refused" }, trigger, async ({ step }) => {
      await step.run("one", () => 1);
      await step.run("two", () => 2);
    });
    const { host, session } = start(fn, { manual: true });
    await host.reported(1);
    host.refuse(new Error("disk full"));
    expect(await session.answer).toMatchObject({
      kind: "error",
      noRetry: false,
      error: { message: "disk full" },
    });
  });

  it("starts and reports nothing after stop()", async () => {
    const gate = deferred<void>();
    const ran: string[] = [];
    const fn = client.createFunction({ id: "stopped" }, trigger, async ({ step }) => {
      await step.run("one", () => gate.promise);
      ran.push("user code");
      await step.run("two", () => ran.push("two"));
    });
    const { host, session } = start(fn);
    await settled();
    session.stop();
    gate.resolve();
    await settled();
    expect(ran).toEqual([]);
    expect(host.reports).toEqual([]);
  });
});

describe("a call that is cancelled", () => {
  it("lets the executing body finish, records it and starts nothing else", async () => {
    const gate = deferred<string>();
    const ran: string[] = [];
    const fn = client.createFunction({ id: "cancelled" }, trigger, async ({ step }) => {
      await step.run("one", () => gate.promise);
      ran.push("user code");
      await step.run("two", () => ran.push("two"));
    });
    const { host, session } = start(fn);
    await settled();
    const cancelled = session.cancel();
    const isDone = answered(cancelled);
    const isDoneTwice = answered(session.cancel());
    await settled();
    expect([isDone(), isDoneTwice()]).toEqual([false, false]);
    gate.resolve("finished");
    await cancelled;
    expect(host.ops).toMatchObject([{ op: "StepRun", id: hash("one"), data: "finished" }]);
    await settled();
    expect(ran).toEqual([]);
  });

  it("is done at once where nothing executes", async () => {
    const fn = client.createFunction({ id: "idle" }, trigger, async ({ step }) => {
      await new Promise(() => {});
      await step.run("never", () => 1);
    });
    const { session } = start(fn);
    await session.cancel();
  });

  it("shows bodies the signal", async () => {
    const fn = client.createFunction({ id: "signal" }, trigger, ({ step }) =>
      step.run(
        "watch",
        ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve("seen"))),
      ),
    );
    const { host, session } = start(fn);
    await settled();
    host.cancel();
    await session.cancel();
    expect(host.ops).toMatchObject([{ data: "seen" }]);
  });
});
