import { beforeEach, describe, expect, test } from "vitest";
import { type Api, openApi } from "./api-fixture.ts";
import { at, eventRow, idOf, runRow, stepRow, T0 } from "./rows.ts";

const [first, second, third, replayed] = [idOf(100), idOf(101), idOf(102), idOf(103)];
const hash = (letter: string) => letter.repeat(40);

function ended(id: string, fork: object | null, over: Partial<ReturnType<typeof runRow>> = {}) {
  const originalRunId = fork === null ? null : first;
  const times = { queuedAt: T0 + Number(id.slice(-3)), endedAt: T0 + 1_000 };
  const made = { originalRunId, fork: fork && JSON.stringify(fork) };
  return runRow({ id, status: "completed", owner: null, output: "1", ...times, ...made, ...over });
}

const rerun = (of: string, letter: string, edited: boolean, kept: object[]) => {
  const step = { stepId: hash(letter), id: letter, name: letter, edited };
  return { of, by: "rerun", job: null, step, kept };
};

const step = (runId: string, no: number, letter: string, opts: string | null = null) =>
  stepRow({ runId, no, settledNo: no, stepId: hash(letter), name: letter, userId: letter, opts });

const edited = '{"input":["old"],"editedInput":["new"]}';
const letters = (runId: string) => [step(runId, 0, "a"), step(runId, 1, "b", edited), step(runId, 2, "c")];

let api: Api;
beforeEach(async () => {
  api = await openApi();
  await api.store.commit({
    events: [eventRow()],
    newRuns: [
      ended(first, null, { endedAt: T0 + 500 }),
      ended(second, rerun(first, "b", true, [{ runId: first, steps: 1 }])),
      ended(
        third,
        rerun(second, "c", false, [
          { runId: first, steps: 1 },
          { runId: second, steps: 1 },
        ]),
      ),
      ended(replayed, { of: first, by: "replay", job: "job-1", step: null, kept: [] }),
    ],
    steps: [first, second, third].flatMap(letters),
  });
});

const read = async (path: string) => (await (await api.get(path)).json()).data;
const traceOf = (runId: string) => read(`/v2/runs/${runId}/trace?includeOutput=true`);

describe("a run that repeats another", () => {
  test("says which one, the first of the chain, and what it keeps", async () => {
    const fork = {
      of: { runId: second, status: "COMPLETED" },
      original: { runId: first, status: "COMPLETED" },
      by: "rerun",
      job: null,
      fromStep: { stepId: hash("c"), id: "c", name: "c", edited: false },
      keptSteps: 2,
    };
    expect((await read(`/v2/runs/${third}`)).fork).toEqual(fork);
    const trace = await traceOf(third);
    expect(trace.fork).toEqual(fork);
    const spans = trace.rootSpan.children;
    expect(spans.map(({ keptFrom }: { keptFrom?: string }) => keptFrom)).toEqual([first, second, undefined]);
    expect(spans.map(({ children }: { children: unknown[] }) => children.length)).toEqual([0, 0, 1]);
    expect(spans.map((span: { isForkPoint?: true }) => span.isForkPoint)).toEqual([
      undefined,
      undefined,
      true,
    ]);
    // What it was given is what it ran with, here and in the run that keeps it.
    expect(spans[1].input).toEqual(["new"]);
    expect((await traceOf(second)).fork.fromStep).toMatchObject({ edited: true, input: ["new"] });
    const [listed] = (await read("/v2/runs?limit=2")).slice(1);
    expect(listed.fork).toMatchObject({ of: { runId: second }, keptSteps: 2 });
    expect(listed.fork.of).not.toHaveProperty("status");
  });

  test("names the replay that made it", async () => {
    const { fork } = await read(`/v2/runs/${replayed}`);
    expect(fork).toMatchObject({ by: "replay", job: "job-1", fromStep: null, keptSteps: 0 });
  });

  test("says that the run it repeats is gone when retention has deleted that one", async () => {
    const endedBefore = { completed: T0 + 501 };
    expect(await api.store.prune({ endedBefore, eventsBefore: null, limit: 10 })).toMatchObject({ runs: 1 });
    expect((await api.get(`/v2/runs/${first}`)).status).toBe(404);
    const { fork } = await traceOf(third);
    expect(fork.of).toEqual({ runId: second, status: "COMPLETED" });
    expect(fork.original).toEqual({ runId: first, status: null });
    expect((await read(`/v2/runs/${second}`)).fork.of).toEqual({ runId: first, status: null });
  });

  test("was made by an earlier release: only the first of the chain is known", async () => {
    await api.store.commit({ newRuns: [ended(idOf(104), null, { originalRunId: first })] });
    expect(await read(`/v2/runs/${idOf(104)}`)).toMatchObject({ originalRunId: first, fork: null });
    expect((await traceOf(first)).forks.map(({ runId }: { runId: string }) => runId)).not.toContain(
      idOf(104),
    );
  });
});

describe("a run that others repeat", () => {
  const idsOf = (forks: { runId: string }[]) => forks.map(({ runId }) => runId);

  test("lists them, the newest first, also those that repeat it by way of others", async () => {
    const { forks, hasMoreForks, fork } = await traceOf(first);
    expect([idsOf(forks), hasMoreForks, fork]).toEqual([[replayed, third, second], false, null]);
    expect(forks[1]).toEqual({
      runId: third,
      of: second,
      by: "rerun",
      job: null,
      fromStep: { stepId: hash("c"), id: "c", name: "c", edited: false },
      keptSteps: 2,
      status: "COMPLETED",
      queuedAt: at(102),
      endedAt: at(1_000),
    });
    expect(idsOf((await traceOf(second)).forks)).toEqual([third]);
    expect((await traceOf(third)).forks).toEqual([]);
    expect((await traceOf(replayed)).forks).toEqual([]);
  });

  test("lists a hundred, and where to find the others", async () => {
    const fork = { of: first, by: "rerun", job: null, step: null, kept: [] };
    await api.store.commit({ newRuns: Array.from({ length: 120 }, (_, i) => ended(idOf(200 + i), fork)) });
    const { forks, hasMoreForks } = await traceOf(first);
    expect([forks.length, forks[0].runId, hasMoreForks]).toEqual([100, idOf(319), true]);
    const page = await read(`/v2/runs?originalRunId=${first}&limit=200`);
    expect(page.length).toBe(123);
  });
});

test("an archive has the fork as it is recorded", async () => {
  const lines = (await (await api.get("/v2/archive")).text()).trim().split("\n");
  const forks = lines.map((line) => JSON.parse(line).run).map(({ fork }) => fork);
  expect(forks).toEqual([
    null,
    rerun(first, "b", true, [{ runId: first, steps: 1 }]),
    expect.objectContaining({ of: second }),
    { of: first, by: "replay", job: "job-1", step: null, kept: [] },
  ]);
});
