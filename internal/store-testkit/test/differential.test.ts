import type { Store } from "@stepfast/store";
import { MemoryStore } from "@stepfast/store/memory";
import { differentialRun } from "@stepfast-internal/store-testkit";
import { describe, expect, it } from "vitest";

/** How two memory stores compare of which the second was tampered with. */
async function compare(seed: number, tamper: (store: MemoryStore) => Partial<Store>): Promise<void> {
  const model = new MemoryStore();
  const inner = new MemoryStore();
  const tampered = tamper(inner);
  const store = new Proxy(inner, {
    get(target, name) {
      const own = Reflect.get(tampered, name) ?? Reflect.get(target, name);
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
  const reopen = async () => {
    model.reopen();
    inner.reopen();
    return { model, store };
  };
  await differentialRun({ seed, model, store, rounds: 60, reopen });
}

const seeds = Array.from({ length: 20 }, (_, seed) => seed);

/** On how many of the seeds the comparison finds the difference. */
async function found(tamper: (store: MemoryStore) => Partial<Store>): Promise<number> {
  const results = await Promise.allSettled(seeds.map((seed) => compare(seed, tamper)));
  return results.filter(({ status }) => status === "rejected").length;
}

describe("the differential run", () => {
  it("finds nothing between two memory stores", async () => {
    expect(await found(() => ({}))).toBe(0);
  });

  it("names the seed and the round of what it finds", async () => {
    const broken = compare(7, () => ({ nextWakeAt: async () => 5 }));
    await expect(broken).rejects.toThrow(/seed 7, (round \d+|end)/);
  });

  const faults: [string, (store: MemoryStore) => Partial<Store>][] = [
    ["drops the guards", (store) => ({ commit: (changes) => store.commit({ ...changes, guards: [] }) })],
    ["forgets messages", (store) => ({ commit: (changes) => store.commit({ ...changes, messages: [] }) })],
    ["forgets keys", (store) => ({ commit: (changes) => store.commit({ ...changes, keys: [] }) })],
    ["claims later", (store) => ({ claim: (params) => store.claim({ ...params, now: params.now - 1 }) })],
    ["forgets gates", (store) => ({ commit: (changes) => store.commit({ ...changes, gates: [] }) })],
    ["keeps gates", (store) => ({ commit: (changes) => store.commit({ ...changes, endedGates: [] }) })],
    ["finds nobody at a gate", () => ({ listParked: async () => [] })],
    ["lets gates wait", (store) => ({ dueGates: (params) => store.dueGates({ ...params, now: 0 }) })],
    ["pauses nothing", (store) => ({ setFunction: ({ id }) => store.setFunction({ id }) })],
    ["prunes all", (store) => ({ prune: (params) => store.prune({ ...params, eventsBefore: Infinity }) })],
    ["never prunes", () => ({ prune: async () => ({ runs: 0, events: 0, cursor: null }) })],
    ["never reclaims", () => ({ reclaim: async () => 0 })],
    ["never unblocks", () => ({ unblock: async () => 0 })],
    ["finds expired waits", (store) => ({ findWaits: (params) => store.findWaits({ ...params, now: 0 }) })],
  ];

  it.each(faults)("finds a store that %s", async (_, tamper) => {
    expect(await found(tamper)).toBeGreaterThan(seeds.length / 5);
  });
});
