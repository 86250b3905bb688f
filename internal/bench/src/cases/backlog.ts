import { join } from "node:path";
import { type Embedded, embed } from "@stepfast/server";
import type { Store } from "@stepfast/store";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { Inngest } from "stepfast";
import type { Case } from "../case.ts";
import type { Figure } from "../figure.ts";
import { percentile } from "../statistics.ts";

const SENT_TOGETHER = 1_000;

/** When runs began, and what they wait for before they go on. */
class Starts {
  times: number[] = [];
  hold: Promise<void> = Promise.resolve();
  #open = () => {};
  #wanted = 0;
  #reached = () => {};

  close(): void {
    this.hold = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  /** From now on runs go on; resolves when so many more have begun. */
  open(count: number): Promise<void> {
    this.times = [];
    this.#wanted = count;
    const reached = new Promise<void>((resolve) => {
      this.#reached = resolve;
    });
    this.#open();
    return reached;
  }

  note(): Promise<void> {
    this.times.push(performance.now());
    if (this.times.length === this.#wanted) this.#reached();
    return this.hold;
  }
}

interface Bench {
  app: Embedded;
  store: Store;
  client: Inngest;
  starts: Starts;
  freeStarts: Starts;
}

async function open(folder: string, name: string): Promise<Bench> {
  const client = new Inngest({ id: "bench" });
  const starts = new Starts();
  const freeStarts = new Starts();
  const concurrency = { limit: 1, key: "event.data.key" };
  const limited = client.createFunction(
    { id: "limited", triggers: [{ event: "bench/limited" }], concurrency },
    () => starts.note(),
  );
  const free = client.createFunction({ id: "free", triggers: [{ event: "bench/free" }] }, () =>
    freeStarts.note(),
  );
  const store = await openSqliteStore({ path: join(folder, `${name}.db`) });
  const app = await embed({ client, functions: [limited, free], store });
  return { app, store, client, starts, freeStarts };
}

async function close({ app, store, starts }: Bench): Promise<void> {
  starts.open(0);
  await app.close({ drainMs: 0 });
  await store.close();
}

/** Puts so many runs before the gates of so many keys. */
async function queue({ client }: Bench, count: number, keys: number): Promise<void> {
  for (let sent = 0; sent < count; sent += SENT_TOGETHER) {
    const size = Math.min(SENT_TOGETHER, count - sent);
    const events = Array.from({ length: size }, (_, no) => ({
      name: "bench/limited",
      data: { key: `k${(sent + no) % keys}` },
    }));
    await client.send(events);
  }
}

interface Drained {
  perSecond: number;
  p99Ms: number;
}

/** Queues, then lets all go: how many begin in a second, and how long the next takes at most. */
async function drain(folder: string, count: number, keys: number): Promise<Drained> {
  const bench = await open(folder, `drain-${count}-${keys}`);
  bench.starts.close();
  await queue(bench, count, keys);
  const begun = performance.now();
  // Those that have begun wait: they are the first of their keys.
  await bench.starts.open(count - bench.starts.times.length);
  const times = [begun, ...bench.starts.times];
  const gaps = times.slice(1).map((at, no) => at - (times[no] ?? at));
  const perSecond = (bench.starts.times.length / ((times.at(-1) ?? 0) - begun)) * 1_000;
  await close(bench);
  return { perSecond, p99Ms: percentile(gaps, 0.99) };
}

/** From the sending of an event to the start of its run, one after the other. Milliseconds. */
async function startsOfFree({ client, freeStarts }: Bench, count: number): Promise<number[]> {
  const delays: number[] = [];
  for (let no = 0; no < count; no++) {
    const sentAt = performance.now();
    const started = freeStarts.open(1);
    await client.send({ name: "bench/free", data: {} });
    await started;
    delays.push((freeStarts.times[0] ?? sentAt) - sentAt);
  }
  return delays.slice(Math.floor(count / 10));
}

async function besideBacklog(folder: string, backlog: number, count: number): Promise<Figure> {
  const bench = await open(folder, "beside");
  const idle = percentile(await startsOfFree(bench, count), 0.99);
  bench.starts.close();
  await queue(bench, backlog, 1);
  const busy = percentile(await startsOfFree(bench, count), 0.99);
  await close(bench);
  return {
    name: `start of a run beside ${backlog} queued of another function, p99`,
    value: busy,
    unit: "ms",
    better: "less",
    limit: { name: "with none queued", value: idle },
    goal: 2,
    goalIsRatio: true,
  };
}

async function flat(folder: string, many: number, [few, keys]: [number, number]): Promise<Figure[]> {
  const small = await drain(folder, few, Math.min(keys, few / 10));
  const large = await drain(folder, many, keys);
  const what = keys === 1 ? `${many} queued on one key` : `${many} queued over ${keys} keys`;
  const limit = (value: number) => ({ name: `${few} queued`, value });
  return [
    {
      name: `${what}, one at a time each: starts`,
      value: large.perSecond,
      unit: "runs/s",
      better: "more",
      limit: limit(small.perSecond),
      goal: 0.5,
      goalIsRatio: true,
    },
    {
      name: "the same: from one start to the next, p99",
      value: large.p99Ms,
      unit: "ms",
      better: "less",
      limit: limit(small.p99Ms),
    },
  ];
}

/** Runs that wait for a place must cost those that have one nothing. */
export const backlog: Case = {
  name: "backlog",
  async run({ folder, smoke }) {
    const many = smoke ? 1_000 : 100_000;
    // Warm-up.
    await drain(folder, 200, 20);
    return [
      ...(await flat(folder, many, [100, many / 10])),
      ...(await flat(folder, many, [100, 1])),
      await besideBacklog(folder, smoke ? 2_000 : 1_000_000, smoke ? 50 : 1_000),
    ];
  },
};
