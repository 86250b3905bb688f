import { StepfastError } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { GroupCommit, type Outcome } from "../src/group-commit.ts";

/** A driver that keeps what it was given until the test answers. */
class SlowDriver {
  readonly batches: number[][] = [];
  #answers: { resolve(outcomes: Outcome<string>[]): void; reject(error: unknown): void }[] = [];
  #whenAsked: (() => void)[] = [];

  readonly write = (batch: number[]): Promise<Outcome<string>[]> => {
    this.batches.push(batch);
    for (const resolve of this.#whenAsked.splice(0)) resolve();
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  };

  /** Resolves when so many batches have come in. */
  async asked(count: number): Promise<void> {
    while (this.batches.length < count) await new Promise<void>((resolve) => this.#whenAsked.push(resolve));
  }

  /** Acknowledges the batch that is on its way; each request's value is its number as text. */
  acknowledge(): void {
    const batch = this.batches.at(-1) ?? [];
    this.#answers.shift()?.resolve(batch.map((no) => ({ ok: true, value: String(no) })));
  }

  fail(error: unknown): void {
    this.#answers.shift()?.reject(error);
  }

  answer(outcomes: Outcome<string>[]): void {
    this.#answers.shift()?.resolve(outcomes);
  }
}

describe("group commit", () => {
  it("gathers what one turn of the event loop asks for", async () => {
    const driver = new SlowDriver();
    const commits = new GroupCommit(driver.write);
    const first = [commits.submit(1), commits.submit(2)];
    const later = Promise.resolve().then(() => commits.submit(3));
    await driver.asked(1);
    expect(driver.batches).toEqual([[1, 2, 3]]);
    driver.acknowledge();
    expect(await Promise.all([...first, later])).toEqual(["1", "2", "3"]);
  });

  it("has one batch on its way; what comes meanwhile forms the next", async () => {
    const driver = new SlowDriver();
    const commits = new GroupCommit(driver.write);
    const first = commits.submit(1);
    await driver.asked(1);
    const rest = [commits.submit(2), commits.submit(3)];
    await new Promise((resolve) => setImmediate(resolve));
    expect(driver.batches).toEqual([[1]]);
    driver.acknowledge();
    expect(await first).toBe("1");
    await driver.asked(2);
    expect(driver.batches).toEqual([[1], [2, 3]]);
    driver.acknowledge();
    expect(await Promise.all(rest)).toEqual(["2", "3"]);
    await commits.idle();
  });

  it("writes on while callers of a large batch are still being told", async () => {
    const driver = new SlowDriver();
    const commits = new GroupCommit(driver.write);
    const told: number[] = [];
    const all = Array.from({ length: 100 }, async (_, no) => {
      await commits.submit(no);
      told.push(no);
      if (no === 0) await commits.submit(1000);
    });
    await driver.asked(1);
    driver.acknowledge();
    await driver.asked(2);
    expect(driver.batches[1]).toEqual([1000]);
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(100);
    driver.acknowledge();
    await Promise.all(all);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    await commits.idle();
  });

  it("caps a batch by requests and by bytes, but always sends one", async () => {
    const driver = new SlowDriver();
    const commits = new GroupCommit(driver.write, { maxBatch: 3, maxBatchBytes: 10, bytesOf: (no) => no });
    const all = [1, 1, 1, 1, 6, 5, 99, 2].map((no) => commits.submit(no));
    for (let count = 1; count <= 5; count++) {
      await driver.asked(count);
      driver.acknowledge();
    }
    await Promise.all(all);
    expect(driver.batches).toEqual([[1, 1, 1], [1, 6], [5], [99], [2]]);
  });

  it("a request that failed fails alone", async () => {
    const driver = new SlowDriver();
    const commits = new GroupCommit(driver.write);
    const all = Promise.allSettled([commits.submit(1), commits.submit(2), commits.submit(3)]);
    await driver.asked(1);
    const error = new StepfastError("internal", "a bug");
    driver.answer([
      { ok: true, value: "1" },
      { ok: false, error },
    ]);
    expect(await all).toMatchObject([
      { status: "fulfilled", value: "1" },
      { status: "rejected", reason: error },
      { status: "rejected", reason: { code: "store_unavailable" } },
    ]);
  });

  it("a batch that failed fails all of its requests and those behind it, which may build on it; later ones are tried", async () => {
    const driver = new SlowDriver();
    const commits = new GroupCommit(driver.write);
    const failing = [commits.submit(1), commits.submit(2)];
    await driver.asked(1);
    failing.push(commits.submit(3));
    driver.fail(new Error("disk on fire"));
    const reason = { code: "store_unavailable", message: expect.stringContaining("disk on fire") };
    const expected = failing.map(() => ({ status: "rejected", reason }));
    expect(await Promise.allSettled(failing)).toMatchObject(expected);
    const next = commits.submit(4);
    await driver.asked(2);
    driver.acknowledge();
    expect(await next).toBe("4");
  });

  it("refuses what does not fit in the queue, by requests and by bytes", async () => {
    const driver = new SlowDriver();
    const options = { maxWaiting: 3, maxWaitingBytes: 10, bytesOf: (no: number) => no };
    const commits = new GroupCommit(driver.write, options);
    const accepted = [commits.submit(99)];
    await expect(commits.submit(1)).rejects.toMatchObject({ code: "store_unavailable" });
    await driver.asked(1);
    accepted.push(commits.submit(3), commits.submit(3), commits.submit(4));
    await expect(commits.submit(0)).rejects.toMatchObject({ code: "store_unavailable" });
    driver.acknowledge();
    await driver.asked(2);
    driver.acknowledge();
    expect(await Promise.all(accepted)).toEqual(["99", "3", "3", "4"]);
  });
});
