import { Engine } from "@stepfast/engine";
import { afterEach, expect, it, vi } from "vitest";
import { Connection } from "../src/connection/connections.ts";
import { useDatabase } from "./database.ts";
import { MovedClock, settle } from "./moved-clock.ts";

const database = useDatabase();
const SECONDS = 60;
const STEP_MS = 100;

/** Every statement that goes to the server, and when it is answered. */
class Traffic {
  statements = 0;
  readonly #underway = new Set<Promise<unknown>>();

  constructor() {
    const send = Connection.prototype.send;
    const traffic = this;
    vi.spyOn(Connection.prototype, "send").mockImplementation(function (this: Connection, statements) {
      traffic.statements += statements.length;
      const answer = send.call(this, statements);
      const ended: Promise<unknown> = answer.then(
        () => traffic.#underway.delete(ended),
        () => traffic.#underway.delete(ended),
      );
      traffic.#underway.add(ended);
      return answer;
    });
  }

  /** Resolves when nothing is on its way and nothing follows. */
  async end(): Promise<void> {
    do {
      await Promise.all(this.#underway);
      await settle();
    } while (this.#underway.size > 0);
  }
}

afterEach(() => {
  vi.restoreAllMocks();
});

it("idle nodes issue under two queries a second each", async () => {
  const stores = [(await database.openFresh()).store, await database.open()];
  const clock = new MovedClock();
  const remote = { call: () => Promise.reject(new Error("There is nothing to call.")) };
  const engines = stores.map((store, i) => {
    const random = { bytes: (length: number) => new Uint8Array(length).fill(i + 1), fraction: () => 0 };
    return new Engine({ store, clock, random, remote });
  });
  for (const engine of engines) await engine.start();
  const traffic = new Traffic();
  for (let ms = 0; ms < SECONDS * 1_000; ms += STEP_MS) {
    clock.move(STEP_MS);
    await traffic.end();
  }
  const perSecond = traffic.statements / SECONDS / engines.length;
  expect(perSecond).toBeLessThan(2);
  // It did look, every second.
  expect(perSecond).toBeGreaterThan(1);
  for (const engine of engines) await engine.close();
  for (const store of stores) await store.close();
}, 60_000);
