import { systemClock } from "@stepfast/server";
import { Inngest, NonRetriableError, RetryAfterError } from "stepfast";
import { createDefer } from "stepfast/experimental";
import { Ledger } from "../http/ledger.ts";

const HOUR_MS = 3_600_000;

/** Runs that stand in every way in which a run can stand. What was recorded of them is noted in the ledger, once. */
export class Programs {
  readonly ledger = new Ledger();

  /** The same code as in another process. */
  deploy() {
    const client = new Inngest({ id: "shop" });
    const { ledger } = this;
    const note = (line: string) => ledger.note(line, line);
    const on = (id: string, more: object = {}) => ({ id, triggers: { event: `go/${id}` }, ...more });

    const done = client.createFunction(on("done"), ({ step }) => step.run("a", () => note("done a")));
    const failed = client.createFunction(on("failed"), ({ step }) =>
      step.run("try", () => {
        note("failed try");
        throw new NonRetriableError("no");
      }),
    );
    const sleeping = client.createFunction(on("sleeping"), async ({ step }) => {
      const before = await step.run("before", () => note("sleeping before"));
      await step.sleep("long", "1h");
      return [before, await step.run("after", () => note("sleeping after"))];
    });
    const waiting = client.createFunction(on("waiting"), async ({ step, event }) => {
      const { who } = event.data;
      await step.run("before", () => note(`waiting ${who} before`));
      const paid = await step.waitForEvent("paid", { event: "paid", timeout: "3d", match: "data.id" });
      return step.run("after", () => note(`waiting ${who} got ${paid?.data.amount}`));
    });
    const timing = client.createFunction(on("timing"), ({ step }) =>
      step.waitForEvent("never", { event: "never", timeout: "1h", if: "async.data.id == event.data.id" }),
    );
    const signalled = client.createFunction(on("signalled"), async ({ step }) => {
      await step.run("before", () => note("signalled before"));
      return (await step.waitForSignal("sign", { signal: "sign", timeout: "3d", onConflict: "fail" }))?.data;
    });
    const child = client.createFunction(on("child"), async ({ step }) => {
      await step.run("before", () => note("child before"));
      await step.sleep("long", "1h");
      return "grown";
    });
    const parent = client.createFunction(on("parent"), ({ step }) =>
      step.invoke("call", { function: child, data: {} }),
    );
    const undo = createDefer(client, { id: "undo" }, ({ event, step }) =>
      step.run("undo", () => note(`undo ${event.data.what}`)),
    );
    const deferring = client.createFunction(on("deferring"), async ({ step, defer }) => {
      await step.run("before", () => note("deferring before"));
      defer("refund", { function: undo, data: { what: "order" } });
      await step.sleep("long", "1h");
      return "kept";
    });
    const retrying = client.createFunction(on("retrying"), ({ step }) =>
      step.run("try", ({ attempt }) => {
        note(`retrying try ${attempt}`);
        if (attempt === 0) throw new RetryAfterError("later", "1h");
        return "at last";
      }),
    );
    const body = client.createFunction(on("body"), async ({ step, attempt }) => {
      await step.run("before", () => note("body before"));
      if (attempt === 0) throw new RetryAfterError("later", "1h");
      return attempt;
    });
    const later = client.createFunction(on("later"), ({ step }) => step.run("a", () => note("later a")));
    const cancelOn = [{ event: "void", match: "data.id" }];
    const cancelled = client.createFunction(on("cancelled", { cancelOn }), ({ step }) =>
      step.sleep("long", "30d"),
    );
    const functions = [done, failed, sleeping, waiting, timing, signalled, child, parent, undo];
    return { client, functions: [...functions, deferring, retrying, body, later, cancelled] };
  }
}

/** What starts the runs. */
export const starts = [
  { name: "go/done", data: {} },
  { name: "go/failed", data: {} },
  { name: "go/sleeping", data: {} },
  { name: "go/waiting", data: { id: 7, who: "first" } },
  { name: "go/waiting", data: { id: 7, who: "second" } },
  { name: "go/waiting", data: { id: 8, who: "other" } },
  { name: "go/timing", data: { id: 7 } },
  { name: "go/signalled", data: {} },
  { name: "go/parent", data: {} },
  { name: "go/deferring", data: {} },
  { name: "go/retrying", data: {} },
  { name: "go/body", data: {} },
  { name: "go/later", data: {}, ts: Date.now() + HOUR_MS },
  { name: "go/cancelled", data: { id: 7 } },
];

/** All that the runs record, whatever happens in between. */
export const recorded = [
  "done a",
  "failed try",
  "sleeping before",
  "sleeping after",
  "waiting first before",
  "waiting second before",
  "waiting other before",
  "waiting first got 3",
  "waiting second got 3",
  "waiting other got 4",
  "signalled before",
  "child before",
  "deferring before",
  "undo order",
  "retrying try 0",
  "retrying try 1",
  "body before",
  "later a",
];

/** The machine's clock, but later: what waits for an hour waits no more. */
export const twoHoursLater: typeof systemClock = {
  ...systemClock,
  now: () => systemClock.now() + 2 * HOUR_MS,
};
