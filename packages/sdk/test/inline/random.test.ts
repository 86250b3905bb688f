import { INLINE } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { FakeHost, inlineCall, newClient } from "./fake-host.ts";
import { MiniEngine, randomOf } from "./mini-engine.ts";
import { execute, randomProgram } from "./programs.ts";

const client = newClient();
const SEEDS = Number(process.env.SDK_SEEDS ?? 150);
const FIRST_SEED = Number(process.env.SDK_FIRST_SEED ?? 1);

async function check(seed: number, crashRate: number): Promise<{ calls: number; steps: number }> {
  const random = randomOf(seed);
  const program = randomProgram(random);
  let engine: MiniEngine | undefined;
  const fn = client.createFunction({ id: "random" }, { event: "a" }, ({ step }) =>
    execute(program, step, (stepId) => {
      if (engine?.isRecorded(stepId)) engine.problems.push(`${stepId} ran although it was recorded`);
    }),
  );
  engine = new MiniEngine(fn, random, crashRate);
  await engine.run();
  expect(engine.problems, `seed ${seed}`).toEqual([]);
  const { steps, order } = engine;
  // What a fresh replay makes of the record is what the live run made of it, and it needs nothing more.
  const host = new FakeHost();
  const answer = await fn[INLINE].call("app-random", inlineCall({ steps, stack: order }), host).answer;
  expect(
    host.ops.filter((op) => op.op !== "Sleep"),
    `seed ${seed}`,
  ).toEqual([]);
  expect(answer, `seed ${seed}`).toMatchObject({ kind: "complete", output: engine.output });
  return { calls: engine.calls, steps: order.length };
}

describe(`random functions from seed ${FIRST_SEED} on`, () => {
  it("end the same live and replayed, and run no recorded step again", async () => {
    let steps = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) steps += (await check(seed, 0)).steps;
    expect(steps).toBeGreaterThan(SEEDS);
  });

  it("do so through crashes", async () => {
    let calls = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) calls += (await check(seed, 0.05)).calls;
    expect(calls).toBeGreaterThan(SEEDS);
  });
});
