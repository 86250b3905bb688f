import type { Store } from "@stepfast/store";
import { MemoryStore } from "@stepfast/store/memory";
import { differentialRun } from "@stepfast-internal/store-testkit";
import { expect, it } from "vitest";
import { openInProcess } from "./in-process.ts";
import { openFresh } from "./open-store.ts";

const SEEDS = Number(process.env.STEPFAST_SEEDS ?? 150);
const THREADED_SEEDS = 15;
/** Characters. */
const FEW = 8;
/** Fixed seeds repeat what was once found; fresh ones look further. */
const FRESH = Number(process.env.STEPFAST_SEED ?? Math.floor(Math.random() * 1_000_000_000));

type Open = () => Promise<{ store: Store; reopen: () => Promise<Store> }>;

async function runSeeds(count: number, open: Open): Promise<void> {
  for (let i = 0; i < count; i++) await runSeed(i % 2 === 0 ? i : FRESH + i, open);
}

async function runSeed(seed: number, open: Open): Promise<void> {
  const model = new MemoryStore();
  const opened = await open();
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

const options = { timeout: 300_000 };

it(`memory and SQLite answer the same (${SEEDS} seeds, half of them from ${FRESH})`, options, async () => {
  // By turns, most texts are kept beside their rows.
  let count = 0;
  const open = () => openInProcess(count++ % 4 < 2 ? undefined : FEW);
  await expect(runSeeds(SEEDS, open)).resolves.toBeUndefined();
});

it(
  `memory and SQLite in its thread answer the same (${THREADED_SEEDS} seeds, half from ${FRESH})`,
  options,
  async () => {
    await expect(runSeeds(THREADED_SEEDS, openFresh)).resolves.toBeUndefined();
  },
);
