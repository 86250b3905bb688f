import { gatewayLimits } from "@stepfast/server";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "../http/api.ts";
import { until } from "../http/patience.ts";
import { CleanUps, devServer } from "../http/world.ts";
import { WorkerProcess } from "./worker-process.ts";

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

const HOUR_MS = 3_600_000;
const sdks = ["stepfast", "inngest-official"];
const cases = sdks.flatMap((sdk) =>
  [true, false].flatMap((checkpointing) =>
    [true, false].map((isolateExecution) => ({ sdk, checkpointing, isolateExecution })),
  ),
);

describe.each(cases)("$sdk, checkpointing $checkpointing, own thread $isolateExecution", (way) => {
  let count = 0;

  async function world() {
    // Neither a back-off nor a time-out can be what brings the step back.
    const connect = { ...gatewayLimits, leaseMs: HOUR_MS, silenceMs: HOUR_MS, ackMs: HOUR_MS };
    const server = await devServer({ connect, tuning: { retryIntervalMs: HOUR_MS } });
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const api = new Api(server.url);
    const appId = `killed-${count++}`;
    const worker = (name: string, hangs: boolean) => {
      const made = new WorkerProcess({ ...way, apiUrl: server.url, appId, name, hangs });
      cleanUps.add(() => made.end("SIGKILL"));
      return made.connected();
    };
    const go = () => api.send({ name: `${appId}/go` });
    return { api, worker, go };
  }

  test("a worker that dies in the middle of a step has it repeated by another one at once", async () => {
    const { api, worker, go } = await world();
    const first = await worker("first", true);
    const id = await go();
    await first.began("slow");
    const second = await worker("second", false);
    await first.end("SIGKILL");
    expect(await api.outcome(id)).toMatchObject({ status: "COMPLETED", output: "second" });
    expect(first.attemptsOf("first")).toEqual([0]);
    expect(second.attemptsOf("first")).toEqual([]);
    expect(second.attemptsOf("slow")).toEqual([1]);
  });

  test("a worker that is asked to end finishes its step, and takes nothing more", async () => {
    const { api, worker, go } = await world();
    const first = await worker("first", true);
    const id = await go();
    await first.began("slow");
    const ended = first.signalled("SIGTERM");
    await until(
      "the worker to tell that it ends",
      () => api.get<{ status: string }[]>("/v0/connect/envs/default/conns"),
      ([connection]) => connection?.status === "DRAINING",
    );
    const next = await go();
    await api.waiting((await api.runsOf(next))[0]?.id ?? "", "blocked");
    first.goOn();
    expect(await ended).toBe(0);
    await worker("second", false);
    expect(await api.outcome(id)).toMatchObject({ status: "COMPLETED", output: "first" });
    expect(await api.outcome(next)).toMatchObject({ status: "COMPLETED", output: "second" });
    expect(first.attemptsOf("slow")).toEqual([0]);
  });

  test("where there is no other one, the run waits and says what for", async () => {
    const { api, worker, go } = await world();
    const first = await worker("first", true);
    const id = await go();
    await first.began("slow");
    const [{ id: runId } = { id: "" }] = await api.runsOf(id);
    await first.end("SIGKILL");
    const { waiting } = await api.waiting(runId, "blocked");
    expect(waiting).toContainEqual(expect.objectContaining({ kind: "blocked", name: "no_worker" }));
    await worker("second", false);
    expect(await api.outcome(id)).toMatchObject({ status: "COMPLETED", output: "second" });
  });
});
