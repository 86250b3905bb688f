import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { makeOwnedRun, makeStep } from "@stepfast-internal/store-testkit";
import type { Case } from "../case.ts";
import { median } from "../statistics.ts";

const MIB = 1024 * 1024;
const LISTS = 50;

/** What the disk takes in one piece, in MiB a second. */
function rawWrite(folder: string, mib: number): number {
  const path = join(folder, "raw.probe");
  const bytes = Buffer.alloc(MIB, "x");
  const begunAt = performance.now();
  const file = openSync(path, "w");
  for (let i = 0; i < mib; i++) writeSync(file, bytes);
  fdatasyncSync(file);
  closeSync(file);
  const seconds = (performance.now() - begunAt) / 1_000;
  rmSync(path);
  return mib / seconds;
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begunAt = performance.now();
  await work();
  return (performance.now() - begunAt) / 1_000;
}

/** Results of a size that nobody should return: how fast they are stored and read, and that lists do not feel them. */
export const largeValues: Case = {
  name: "large-values",
  async run({ folder, smoke }) {
    const mib = smoke ? 4 : 100;
    const store = await openSqliteStore({ path: join(folder, "main.db") });
    const output = JSON.stringify({ data: "x".repeat(mib * MIB) });
    const ids = Array.from({ length: LISTS }, (_, i) => `r${1_000 + i}`);
    const newRuns = ids.map((id) => makeOwnedRun({ id, owner: "bench" }));
    await store.commit({ newRuns });
    const list = () => store.listRuns({ limit: LISTS });
    const listing = async () => {
      const times: number[] = [];
      for (let round = 0; round < 20; round++) times.push(1_000 * (await seconds(list)));
      return median(times);
    };
    const before = await listing();
    const rounds = smoke ? 1 : 5;
    const raw: number[] = [];
    const written: number[] = [];
    const read: number[] = [];
    for (let no = 0; no < rounds; no++) {
      const runId = ids[no] ?? "";
      raw.push(rawWrite(folder, mib));
      const steps = [makeStep({ runId, no: 0, output })];
      written.push(mib / (await seconds(() => store.commit({ steps }))));
      read.push(mib / (await seconds(() => store.loadRun(runId))));
      await store.commit({ runs: [{ id: runId, output }] });
    }
    const after = await listing();
    await store.close();
    const limit = { name: "the disk, in one piece", value: median(raw) };
    const name = `a result of ${mib} MiB`;
    return [
      { name: `${name}: stored`, value: median(written), unit: "MiB/s", better: "more", limit },
      { name: `${name}: read`, value: median(read), unit: "MiB/s", better: "more" },
      {
        name: `a list of ${LISTS} runs, ${rounds} of them with an output of ${mib} MiB`,
        value: after,
        unit: "ms",
        better: "less",
        limit: { name: "without", value: before },
      },
    ];
  },
};
