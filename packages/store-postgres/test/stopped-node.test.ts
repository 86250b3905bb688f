import { makeOwnedRun } from "@stepfast-internal/store-testkit";
import { expect, it, vi } from "vitest";
import { useDatabase } from "./database.ts";
import { FaultyLink } from "./faulty-link.ts";

const database = useDatabase();

/** Less than any sensible lease. */
const LIMIT_MS = 3_000;

it("a node that stops in the middle of a transaction does not keep its runs from others for long", async () => {
  const { store: other } = await database.openFresh();
  await other.heartbeat({ owner: "a", now: 1_000, until: 2_000 });
  await other.commit({ newRuns: [makeOwnedRun({ id: "r1", owner: "a" })] });
  const link = await FaultyLink.start(database.url);
  const stopped = await database.open({ url: link.url, answerTimeoutMs: 30_000 });
  const isHeld = new Promise<void>((resolve) => {
    link.onRequest = (chunk) => {
      if (!chunk.includes("COMMIT\0")) return "pass";
      resolve();
      return "hold";
    };
  });
  const late = expect(stopped.commit({ runs: [{ id: "r1", attempt: 7 }] })).rejects.toMatchObject({
    code: "store_unavailable",
  });
  await isHeld;
  const reclaim = async () => expect(await other.reclaim({ now: 2_000 })).toBe(1);
  expect(await other.reclaim({ now: 2_000 })).toBe(0);
  const hasLapsed = async () => (await other.news({ owner: "b", now: 2_000 })).hasLapsed;
  expect(await hasLapsed()).toBe(true);
  await vi.waitFor(reclaim, { timeout: LIMIT_MS });
  expect(await hasLapsed()).toBe(false);
  link.onRequest = () => "pass";
  await late;
  expect(await other.getRun("r1")).toMatchObject({ owner: null, attempt: 0 });
  await Promise.all([other.close(), stopped.close()]);
  await link.stop();
});
