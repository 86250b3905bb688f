import { hashStepId, StepfastError } from "@stepfast/protocol";
import type { ChangeSet, CommitResult } from "@stepfast/store";
import { describe, expect, it, vi } from "vitest";
import { nextRefusal, refusalOf, restMs } from "../src/domain/refusal.ts";
import { settle } from "./fake-clock.ts";
import { complete, memo, ops, RemoteApp, ran, sleep } from "./remote-app.ts";

const LONG_LEASE_MS = 3_600_000;
const MINUTE_MS = 60_000;
const go = (event: string) => [{ event }];
const refusal: CommitResult = {
  ok: false,
  conflict: { kind: "key", index: 0, scope: "x", key: "y", value: "z" },
};

/** Two functions of a step each; what writes the result of the one that is called `bad` meets `answer`. */
class HauntedApp extends RemoteApp {
  answer: (() => CommitResult) | null = () => refusal;
  /** Which writes meet it. */
  isBad = ({ steps = [] }: ChangeSet) => steps.some((step) => step.name === "bad");

  constructor(isShared = false) {
    super({ leaseMs: LONG_LEASE_MS, pollMs: LONG_LEASE_MS, isShared });
    const commit = this.store.commit.bind(this.store);
    vi.spyOn(this.store, "commit").mockImplementation(async (changes) =>
      this.answer && this.isBad(changes) ? this.answer() : commit(changes),
    );
  }

  async begin(): Promise<void> {
    const of = (step: string) => ({
      id: `app-${step}`,
      triggers: go(step),
      script: (request: Parameters<typeof memo>[0]) =>
        memo(request, step) === undefined ? ops(ran(step, 1)) : complete("done"),
    });
    await this.register([of("bad"), of("good")]);
    await this.send("bad");
  }

  async blocker() {
    const loaded = await this.store.loadRun((await this.onlyRun("app-bad")).id);
    return loaded && this.engine.diagnosis.blockerOf(loaded);
  }
}

describe("a run whose writes are refused again and again", () => {
  it("is tried less and less often, says so, and goes on once they are taken; others do not wait", async () => {
    const app = new HauntedApp();
    await app.begin();
    await app.clock.advance(0);
    // At once a second time, then after 1 s, 2 s, 4 s …
    expect(app.calls.length).toBe(2);
    expect(await app.blocker()).toMatchObject({
      kind: "refused",
      until: app.clock.now() + 1_000,
      message: expect.stringContaining('conflict "key"'),
    });
    await app.clock.advance(31_000);
    expect(app.calls.length).toBe(7);
    await app.clock.advance(60 * MINUTE_MS);
    expect(app.calls.length).toBe(67);
    expect(app.warnings.filter((line) => line === "a run comes to nothing again and again").length).toBe(66);

    await app.send("good");
    await app.clock.advance(0);
    expect((await app.onlyRun("app-good")).status).toBe("completed");

    app.answer = null;
    await app.clock.advance(MINUTE_MS);
    expect((await app.onlyRun("app-bad")).status).toBe("completed");
  });

  it("also if the store fails each time, and where another node goes on", async () => {
    const app = new HauntedApp(true);
    app.answer = () => {
      throw new StepfastError("internal", "value too long: secret");
    };
    await app.begin();
    await app.clock.advance(31_000);
    expect(app.calls.length).toBe(7);
    await app.engine.close();
    const next = app.takeOver();
    await next.start();
    await app.clock.advance(10 * MINUTE_MS);
    expect(app.calls.length).toBeLessThanOrEqual(19);
    const { message } = (await app.blocker()) ?? {};
    expect(message).toContain('error "internal"');
    expect(message).not.toContain("secret");
    await next.close();
  });

  it("also if it is to be cancelled and that is refused", async () => {
    const app = new HauntedApp();
    await app.begin();
    await app.clock.advance(31_000);
    app.isBad = ({ runs = [] }) => runs.some((run) => run.status === "cancelled");
    let refused = 0;
    app.answer = () => {
      refused++;
      return refusal;
    };
    const { id: runId } = await app.onlyRun("app-bad");
    const told = expect(app.engine.cancelRun({ runId })).rejects.toThrow(
      "is stored, but the run has not stopped",
    );
    await app.clock.advance(10 * MINUTE_MS);
    await told;
    expect(refused).toBeGreaterThan(5);
    expect(refused).toBeLessThanOrEqual(20);
    app.answer = null;
    await app.clock.advance(MINUTE_MS);
    expect((await app.onlyRun("app-bad")).status).toBe("cancelled");
  });

  it("also if it cannot be read", async () => {
    const app = new HauntedApp();
    app.answer = null;
    const script = (request: Parameters<typeof memo>[0]) =>
      memo(request, "nap") === undefined ? ops(sleep("nap", "1s")) : complete("awake");
    await app.register([{ id: "app-bad", triggers: go("bad"), script }]);
    await app.send("bad");
    const load = vi
      .spyOn(app.store, "loadRun")
      .mockRejectedValue(new SyntaxError("Unexpected token in JSON"));
    await app.clock.advance(30 * MINUTE_MS);
    expect(load.mock.calls.length).toBeLessThan(40);
    load.mockRestore();
    expect(await app.blocker()).toMatchObject({
      kind: "refused",
      message: expect.stringContaining("SyntaxError"),
    });
    await app.clock.advance(2 * MINUTE_MS);
    expect((await app.onlyRun("app-bad")).status).toBe("completed");
  });

  it("counts anew after a result of a step was recorded", async () => {
    const app = new HauntedApp();
    const script = (request: Parameters<typeof memo>[0]) =>
      memo(request, "a") === undefined ? ops(ran("a", 1)) : ops(ran("b", 2));
    await app.register([{ id: "app-bad", triggers: go("bad"), script }]);
    app.isBad = ({ steps = [] }) => steps.some(({ stepId }) => stepId === hashStepId("a"));
    await app.send("bad");
    await app.clock.advance(31_000);
    app.isBad = ({ steps = [] }) => steps.some(({ stepId }) => stepId === hashStepId("b"));
    await app.clock.advance(33_000);
    // Seven were without "a"; the eighth recorded it a second ago, since when three had no "b".
    expect(refusalOf((await app.onlyRun("app-bad")).blocked)?.tries).toBe(3);
  });
});

describe("a run that this node claims again before it knows that it was parked", () => {
  it("goes on", async () => {
    const app = new RemoteApp({ leaseMs: LONG_LEASE_MS, pollMs: 1_000 });
    const script = (request: Parameters<typeof memo>[0]) =>
      memo(request, "nap") === undefined ? ops(sleep("nap", "1s")) : complete("awake");
    await app.register([{ id: "app-nap", triggers: go("nap"), script }]);
    const commit = app.store.commit.bind(app.store);
    vi.spyOn(app.store, "commit").mockImplementation(async (changes) => {
      const result = await commit(changes);
      const isParking = changes.runs?.some((run) => run.blocked === "waiting");
      if (isParking) await new Promise<void>((resolve) => void app.clock.after(7_000, resolve));
      return result;
    });
    await app.send("nap");
    await app.clock.advance(30_000);
    await settle();
    expect((await app.onlyRun("app-nap")).status).toBe("completed");
  });
});

describe("the delay after a refusal", () => {
  it("grows to a minute, and no further if the clock is set back", () => {
    const delays = [];
    for (let tries = 0; tries < 9; tries++) delays.push(nextRefusal(tries, "x", 0).notBefore);
    expect(delays).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(nextRefusal(5_000, "x", 0).notBefore).toBe(60_000);
    expect(restMs("refused 3 7200000 x", 0)).toBe(60_000);
    expect(restMs("waiting", 0)).toBe(0);
    expect(restMs(null, 0)).toBe(0);
  });
});
