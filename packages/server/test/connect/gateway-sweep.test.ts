import type { Clock } from "@stepfast/engine";
import { expect, test } from "vitest";
import { Gateway } from "../../src/connect/gateway.ts";
import { gatewayLimits } from "../../src/connect/limits.ts";
import { SessionTokens } from "../../src/connect/session-token.ts";
import { WorkerPool } from "../../src/connect/worker-pool.ts";
import { FakeEngine } from "../fake-engine.ts";

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

test("a process that stood still hears its workers before it judges their silence", async () => {
  let now = 0;
  let sweep = () => {};
  const clock: Clock = {
    now: () => now,
    after: (_delayMs, callback) => {
      sweep = callback;
      return () => {};
    },
  };
  const pool = new WorkerPool({ clock, limits: gatewayLimits });
  let sweeps = 0;
  pool.sweep = () => {
    sweeps++;
  };
  const leaps: number[] = [];
  pool.leap = (ms) => {
    leaps.push(ms);
  };
  const deps = { engine: new FakeEngine(), pool, clock, log: quiet, limits: gatewayLimits };
  const gateway = new Gateway({ ...deps, tokens: new SessionTokens(undefined), forward: async () => {} });
  now += gatewayLimits.sweepMs;
  sweep();
  expect(sweeps).toBe(1);
  now += 3_600_000;
  sweep();
  now -= 3_600_000;
  sweep();
  expect(leaps).toEqual([3_600_000 - gatewayLimits.sweepMs, -3_600_000 - gatewayLimits.sweepMs]);
  expect(sweeps).toBe(1);
  now += gatewayLimits.sweepMs;
  sweep();
  expect(sweeps).toBe(2);
  await gateway.close();
});
