import { type Op, StepfastError } from "@stepfast/protocol";
import { describe, expect, it, vi } from "vitest";
import type { CheckpointingOptions } from "../../src/index.ts";
import { deferred, hash, newClient, settled } from "../inline/fake-host.ts";
import { call, opsOf } from "./remote-call.ts";

const client = newClient();
const trigger = { event: "test/happened" };

function counting(checkpointing: boolean | CheckpointingOptions | undefined, ran: string[] = []) {
  return client.createFunction({ id: "counting", checkpointing }, trigger, async ({ step }) => {
    for (const id of ["a", "b", "c"]) await step.run(id, () => ran.push(id));
    return ran.length;
  });
}

function recorder(): { saved: string[][]; checkpoint: (ops: Op[]) => Promise<void> } {
  const saved: string[][] = [];
  return {
    saved,
    checkpoint: async (ops) => {
      saved.push(ops.map((op) => op.displayName ?? op.op));
    },
  };
}

describe("checkpointing", () => {
  it("saves each step and runs the next in the same call", async () => {
    const { saved, checkpoint } = recorder();
    const answer = await call(counting(undefined), { checkpoint });
    expect(saved).toEqual([["a"], ["b"], ["c"]]);
    expect(opsOf(answer)).toMatchObject([{ op: "RunComplete", data: 3 }]);
  });

  it("lets a function go on only with what is saved", async () => {
    const gate = deferred<void>();
    const begun = deferred<void>();
    let seen: unknown;
    const fn = client.createFunction({ id: "one" }, trigger, async ({ step }) => {
      seen = await step.run("a", () => 1);
    });
    const checkpoint = () => {
      begun.resolve();
      return gate.promise;
    };
    const answer = call(fn, { checkpoint });
    await begun.promise;
    await settled();
    expect(seen).toBe(undefined);
    gate.resolve();
    expect(opsOf(await answer)).toMatchObject([{ op: "RunComplete" }]);
    expect(seen).toBe(1);
  });

  it("saves a large result by itself: an answer may not be as large as a checkpoint", async () => {
    const large = { rows: Array.from({ length: 1_000 }, () => "x".repeat(100)) };
    const several = { id: "one", checkpointing: { bufferedSteps: 3 } };
    const fn = client.createFunction(several, trigger, async ({ step }) => {
      await step.run("a", () => large);
    });
    const { saved, checkpoint } = recorder();
    expect(opsOf(await call(fn, { checkpoint }))).toMatchObject([{ op: "RunComplete" }]);
    expect(saved).toEqual([["a"]]);
  });

  it("takes a large result along in the answer where it could not be saved", async () => {
    const fn = client.createFunction({ id: "one" }, trigger, async ({ step }) => {
      await step.run("a", () => "x".repeat(100_000));
    });
    const checkpoint = () => Promise.reject(new Error("the server is away"));
    expect(opsOf(await call(fn, { checkpoint }))).toMatchObject([{ name: "a" }, { op: "RunComplete" }]);
  });

  it("saves a step while the function is at something that is no step", async () => {
    const gate = deferred<void>();
    const fn = client.createFunction({ id: "slow" }, trigger, async ({ step }) => {
      await step.run("a", () => 1);
      await gate.promise;
    });
    const first = deferred<Op[]>();
    const answer = call(fn, { checkpoint: async (ops) => first.resolve(ops) });
    expect(await first.promise).toMatchObject([{ op: "StepRun", name: "a" }]);
    gate.resolve();
    expect(opsOf(await answer)).toMatchObject([{ op: "RunComplete" }]);
  });

  it("ends only when what is on its way is saved", async () => {
    const gate = deferred<void>();
    const ended = deferred<void>();
    const fn = client.createFunction({ id: "ends" }, trigger, async ({ step }) => {
      await step.run("a", () => 1);
      await ended.promise;
    });
    const begun = deferred<void>();
    let isSaved = false;
    const answer = call(fn, {
      checkpoint: async () => {
        begun.resolve();
        await gate.promise;
        isSaved = true;
      },
    }).then((given) => ({ given, isSaved }));
    await begun.promise;
    ended.resolve();
    await settled();
    gate.resolve();
    expect(await answer).toMatchObject({ given: { ops: [{ op: "RunComplete" }] }, isSaved: true });
  });

  it("puts a step that could not be saved meanwhile into the answer", async () => {
    const ended = deferred<void>();
    const fn = client.createFunction({ id: "unsaved" }, trigger, async ({ step }) => {
      await step.run("a", () => 1);
      await ended.promise;
    });
    const begun = deferred<void>();
    const answer = call(fn, {
      checkpoint: () => {
        begun.resolve();
        return Promise.reject(new Error("unreachable"));
      },
    });
    await begun.promise;
    ended.resolve();
    expect(opsOf(await answer)).toMatchObject([{ op: "StepRun", name: "a" }, { op: "RunComplete" }]);
  });

  it("saves the last step, too, before the error of a function that throws after it", async () => {
    const fn = client.createFunction({ id: "throws" }, trigger, async ({ step }) => {
      await step.run("a", () => 1);
      throw new Error("no");
    });
    const { saved, checkpoint } = recorder();
    expect(await call(fn, { checkpoint })).toMatchObject({ kind: "error", error: { message: "no" } });
    expect(saved).toEqual([["a"]]);
  });

  it("starts the next step only when the last is saved", async () => {
    const gate = deferred<void>();
    const ran: string[] = [];
    const first = deferred<void>();
    const answer = call(counting(true, ran), {
      checkpoint: () => {
        first.resolve();
        return gate.promise;
      },
    });
    await first.promise;
    await settled();
    expect(ran).toEqual(["a"]);
    gate.resolve();
    await answer;
    expect(ran).toEqual(["a", "b", "c"]);
  });

  it("saves several at a time, and answers with those that are left", async () => {
    const { saved, checkpoint } = recorder();
    const answer = await call(counting({ bufferedSteps: 2 }), { checkpoint });
    expect(saved).toEqual([["a", "b"]]);
    expect(opsOf(answer)).toMatchObject([
      { op: "StepRun", name: "c" },
      { op: "RunComplete", data: 3 },
    ]);
  });

  it("hands over to another call once it has gone on for long enough", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const fn = client.createFunction(
        { id: "spent", checkpointing: { maxRuntime: "10s" } },
        trigger,
        async ({ step }) => {
          await step.run("a", () => vi.setSystemTime(Date.now() + 10_000));
          await step.run("b", () => 2);
        },
      );
      const { saved, checkpoint } = recorder();
      expect(opsOf(await call(fn, { checkpoint }))).toMatchObject([{ op: "StepPlanned", name: "b" }]);
      expect(saved).toEqual([["a"]]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("goes on for as long as what brought the call says, where the function says nothing", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const later = () => vi.setSystemTime(Date.now() + 60_000);
      const fn = client.createFunction({ id: "longer" }, trigger, async ({ step }) => {
        for (const id of ["a", "b", "c"]) await step.run(id, later);
      });
      const { saved, checkpoint } = recorder();
      const answer = await call(fn, { checkpoint, maxRuntimeMs: 100_000 });
      expect(opsOf(answer)).toMatchObject([{ op: "StepPlanned", name: "c" }]);
      expect(saved).toEqual([["a"], ["b"]]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("saves before it tells of waits, parallel steps and failures", async () => {
    const fn = client.createFunction(
      { id: "then", checkpointing: { bufferedSteps: 10 } },
      trigger,
      async ({ step }) => {
        await step.run("a", () => 1);
        await step.sleep("nap", "1h");
      },
    );
    const { saved, checkpoint } = recorder();
    expect(opsOf(await call(fn, { checkpoint }))).toMatchObject([{ op: "Sleep" }]);
    expect(saved).toEqual([["a"]]);
  });

  it("answers the first step after a retry by itself", async () => {
    const { saved, checkpoint } = recorder();
    expect(opsOf(await call(counting(true), { checkpoint, attempt: 1 }))).toMatchObject([
      { op: "StepRun", name: "a" },
    ]);
    expect(saved).toEqual([]);
  });

  it("gives each step attempt zero after the first", async () => {
    const attempts: number[] = [];
    const fn = client.createFunction({ id: "attempts" }, trigger, async ({ step }) => {
      await step.run("a", ({ attempt }) => attempts.push(attempt));
      await step.run("b", ({ attempt }) => attempts.push(attempt));
    });
    await call(fn, { checkpoint: async () => {} });
    expect(attempts).toEqual([0, 0]);
  });

  it("is off where it was switched off, for calls of one step and where only a plan is wanted", async () => {
    const { saved, checkpoint } = recorder();
    expect(opsOf(await call(counting(false), { checkpoint }))).toMatchObject([{ op: "StepRun", name: "a" }]);
    expect(opsOf(await call(counting(true), { checkpoint, stepId: hash("a") }))).toMatchObject([
      { name: "a" },
    ]);
    expect(opsOf(await call(counting(true), { checkpoint, planOnly: true }))).toMatchObject([
      { op: "StepPlanned" },
    ]);
    expect(saved).toEqual([]);
  });

  it("answers with what could not be saved", async () => {
    const answer = await call(counting(true), { checkpoint: () => Promise.reject(new Error("unreachable")) });
    expect(opsOf(answer).map((op) => [op.op, op.name])).toEqual([
      ["StepRun", "a"],
      ["StepPlanned", "b"],
    ]);
  });

  it("stops for good where another call owns the run", async () => {
    const ran: string[] = [];
    const checkpoint = () => Promise.reject(new StepfastError("stale_dispatch", "taken over"));
    expect(await call(counting(true, ran), { checkpoint })).toMatchObject({
      kind: "error",
      noRetry: true,
      error: { name: "StaleDispatchError" },
    });
    expect(ran).toEqual(["a"]);
  });
});
