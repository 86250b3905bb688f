import { makeMessage, makeOwnedRun } from "@stepfast-internal/store-testkit";
import { expect, it, vi } from "vitest";
import { useDatabase } from "./database.ts";
import { FaultyLink } from "./faulty-link.ts";

const database = useDatabase();

/** Less than any sensible lease. */
const LIMIT_MS = 3_000;
/** The server has no limit of its own in the middle of a message: others end it. */
const MESSAGE_LIMIT_MS = 20_000;

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

it("nor does one that stops in the middle of a message, and those who write to its runs go on", {
  timeout: 60_000,
}, async () => {
  const { store: other } = await database.openFresh();
  await other.heartbeat({ owner: "a", now: 1_000, until: 2_000 });
  await other.commit({ newRuns: ["r1", "r2"].map((id) => makeOwnedRun({ id, owner: "a" })) });
  const link = await FaultyLink.start(database.url);
  const stopped = await database.open({ url: link.url, answerTimeoutMs: 50_000 });
  let isSilent = false;
  const hasStopped = new Promise<void>((resolve) => {
    link.onRequest = (chunk) => {
      if (isSilent) return "hold";
      if (!chunk.includes("marker")) return "pass";
      isSilent = true;
      resolve();
      return "pass";
    };
  });
  const output = `marker${"x".repeat(4_000_000)}`;
  const runs = ["r1", "r2"].map((id) => ({ id, output }));
  const late = expect(stopped.commit({ runs })).rejects.toMatchObject({ code: "store_unavailable" });
  await hasStopped;
  const message = makeMessage({ id: "m1", runId: "r1" });
  await expect(other.commit({ messages: [message] })).resolves.toEqual({ ok: true });
  const reclaim = async () => expect(await other.reclaim({ now: 2_000 })).toBe(2);
  await vi.waitFor(reclaim, { timeout: MESSAGE_LIMIT_MS });
  await late;
  expect(await other.getRun("r1")).toMatchObject({ owner: null, output: null });
  await Promise.all([other.close(), stopped.close()]);
  await link.stop();
});
