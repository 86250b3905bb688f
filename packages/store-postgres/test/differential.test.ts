import { MemoryStore } from "@stepfast/store/memory";
import { differentialRun } from "@stepfast-internal/store-testkit";
import { expect, it } from "vitest";
import { useDatabase } from "./database.ts";

const SEEDS = Number(process.env.STEPFAST_SEEDS ?? 30);
/** Fixed seeds repeat what was once found; fresh ones look further. */
const FRESH = Number(process.env.STEPFAST_SEED ?? Math.floor(Math.random() * 1_000_000_000));

const database = useDatabase();

/** Characters: most texts are kept beside their rows then. */
const FEW = 8;

async function runSeed(seed: number, largeValueLength?: number): Promise<void> {
  const model = new MemoryStore();
  const opened = await database.openFresh(largeValueLength === undefined ? {} : { largeValueLength });
  let { store } = opened;
  const reopen = async () => {
    model.reopen();
    store = await opened.reopen();
    return { model, store };
  };
  try {
    await differentialRun({ seed, model, store, rounds: 60, reopen });
  } finally {
    await store.close();
  }
}

async function runSeeds(): Promise<void> {
  for (let i = 0; i < SEEDS; i++) await runSeed(i % 2 === 0 ? i : FRESH + i, i % 4 < 2 ? undefined : FEW);
}

it(`memory and PostgreSQL answer the same (${SEEDS} seeds, half of them from ${FRESH})`, {
  timeout: 300_000,
}, async () => {
  await expect(runSeeds()).resolves.toBeUndefined();
});
