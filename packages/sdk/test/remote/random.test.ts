import { describe, expect, it } from "vitest";
import { newClient } from "../inline/fake-host.ts";
import { randomOf } from "../inline/mini-engine.ts";
import { execute, randomProgram } from "../inline/programs.ts";
import { MiniServer } from "./mini-server.ts";
import { call } from "./remote-call.ts";

const client = newClient();
const SEEDS = Number(process.env.SDK_SEEDS ?? 100);
const FIRST_SEED = Number(process.env.SDK_FIRST_SEED ?? 1);

async function check(seed: number, checkpoints: boolean): Promise<number> {
  const random = randomOf(seed);
  const program = randomProgram(random);
  let server: MiniServer | undefined;
  const fn = client.createFunction({ id: "random" }, { event: "a" }, ({ step }) =>
    execute(program, step, (stepId) => {
      if (server?.isRecorded(stepId)) server.problems.push(`${stepId} ran although it was recorded`);
    }),
  );
  server = new MiniServer(fn, random, checkpoints);
  await server.run();
  expect(server.problems, `seed ${seed}`).toEqual([]);
  const { steps, order } = server;
  expect(outputOf(await call(fn, { steps, stack: order, planOnly: true })), `seed ${seed}`).toEqual(
    server.output,
  );
  return server.calls;
}

function outputOf(answer: Awaited<ReturnType<typeof call>>): unknown {
  if (answer.kind === "complete") return answer.output;
  return answer.kind === "ops" ? answer.ops.find((op) => op.op === "RunComplete")?.data : answer;
}

describe(`random functions over a network from seed ${FIRST_SEED} on`, () => {
  it("end as their record says, and run no recorded step again", async () => {
    let calls = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) calls += await check(seed, false);
    expect(calls).toBeGreaterThan(SEEDS * 2);
  });

  it("do so with checkpoints, in fewer calls", async () => {
    let plain = 0;
    let saved = 0;
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      plain += await check(seed, false);
      saved += await check(seed, true);
    }
    expect(saved).toBeLessThan(plain);
  });
});
