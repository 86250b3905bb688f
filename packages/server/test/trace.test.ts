import { describe, expect, test } from "vitest";
import { buildTrace, type TraceRows } from "../src/trace/trace.ts";
import { at, attemptRow, idOf, openStep, runRow, stepRow, T0, waitRow } from "./rows.ts";

const RUN = idOf(100);
const A = "a".repeat(40);

function traceOf(
  rows: Partial<TraceRows["loaded"]> & Partial<Omit<TraceRows, "loaded">>,
  includeOutput = false,
) {
  const { run = runRow(), steps = [], waits = [], attempts = [], children = [] } = rows;
  return buildTrace(
    { loaded: { run, steps, waits }, attempts, children, functionName: "Pay" },
    { includeOutput },
  );
}

describe("the run's own span", () => {
  test("of a run that has ended", () => {
    const run = runRow({ status: "completed", endedAt: T0 + 31, output: '{"ok":1}' });
    expect(traceOf({ run }).rootSpan).toEqual({
      id: RUN,
      name: "Pay",
      status: "COMPLETED",
      stepOp: null,
      stepId: null,
      attempts: 0,
      queuedAt: at(0),
      startedAt: at(1),
      endedAt: at(31),
      durationMs: 30,
      children: [],
    });
    expect(traceOf({ run }, true).rootSpan.output).toEqual({ ok: 1 });
  });

  test("of a failed run tells what went wrong, and the attempts of the function's body", () => {
    const run = runRow({
      status: "failed",
      endedAt: T0 + 31,
      attempt: 1,
      output: '{"name":"E","message":"no","stack":"s"}',
    });
    const attempts = [
      attemptRow({ stepId: "" }),
      attemptRow({ stepId: "", attempt: 1, startedAt: T0 + 20, endedAt: T0 + 30 }),
    ];
    const { rootSpan } = traceOf({ run, attempts });
    expect(rootSpan).toMatchObject({ status: "FAILED", attempts: 1, error: { name: "E", message: "no" } });
    expect(rootSpan.error).not.toHaveProperty("stack");
    expect(rootSpan.children).toMatchObject([
      { name: "Attempt 0", status: "FAILED", error: { name: "TypeError", message: "boom" } },
      { name: "Attempt 1", status: "FAILED", queuedAt: at(5), startedAt: at(20), endedAt: at(30) },
    ]);
  });
});

describe("a step that runs", () => {
  test("done at the first attempt", () => {
    const [step] = traceOf({ steps: [stepRow()] }).rootSpan.children;
    expect(step).toEqual({
      id: `${RUN}.${A}`,
      name: "charge",
      status: "COMPLETED",
      stepOp: "RUN",
      stepId: A,
      attempts: 0,
      queuedAt: at(2),
      startedAt: at(3),
      endedAt: at(10),
      durationMs: 7,
      children: [
        {
          id: `${RUN}.${A}.0`,
          name: "Attempt 0",
          status: "COMPLETED",
          stepOp: null,
          stepId: A,
          attempts: 0,
          queuedAt: at(2),
          startedAt: at(3),
          endedAt: at(10),
          durationMs: 7,
          children: [],
        },
      ],
    });
  });

  test("shows input and unwrapped output when asked", () => {
    const steps = [stepRow({ opts: '{"input":[1,"two"]}' })];
    expect(traceOf({ steps }, true).rootSpan.children[0]).toMatchObject({
      input: [1, "two"],
      output: { paid: true },
    });
  });

  test("done at the third attempt", () => {
    const attempts = [attemptRow(), attemptRow({ attempt: 1, startedAt: T0 + 6, endedAt: T0 + 8 })];
    const [step] = traceOf({ steps: [stepRow({ attempt: 2, startedAt: T0 + 9 })], attempts }).rootSpan
      .children;
    expect(step?.attempts).toBe(2);
    expect(
      step?.children.map(({ name, status, queuedAt, endedAt }) => [name, status, queuedAt, endedAt]),
    ).toEqual([
      ["Attempt 0", "FAILED", at(2), at(5)],
      ["Attempt 1", "FAILED", at(5), at(8)],
      ["Attempt 2", "COMPLETED", at(8), at(10)],
    ]);
  });

  test("that was reported only once it had run was queued when it started", () => {
    const attempts = [attemptRow({ startedAt: T0 + 3, endedAt: T0 + 9 })];
    const steps = [openStep({ status: "retrying", attempt: 1, queuedAt: T0 + 9, dueAt: T0 + 50 })];
    const [step] = traceOf({ steps, attempts }).rootSpan.children;
    expect(step).toMatchObject({ queuedAt: at(3), startedAt: at(3), endedAt: null });
    expect(step?.children[0]).toMatchObject({
      queuedAt: at(3),
      startedAt: at(3),
      endedAt: at(9),
      durationMs: 6,
    });
  });

  test("failed for good: its last attempt is told once", () => {
    const error = '{"error":{"name":"E","message":"no","stack":"s"}}';
    const attempts = [attemptRow(), attemptRow({ attempt: 1 })];
    const steps = [stepRow({ status: "failed", attempt: 1, output: error })];
    const [step] = traceOf({ steps, attempts }, true).rootSpan.children;
    expect(step).toMatchObject({
      status: "FAILED",
      error: { name: "E", message: "no" },
      output: { name: "E", message: "no", stack: "s" },
    });
    expect(step?.children.map((each) => each.name)).toEqual(["Attempt 0", "Attempt 1"]);
    expect(step?.children[0]?.output).toMatchObject({
      message: "boom",
      stack: expect.stringContaining("at x"),
    });
  });

  test("waits for its next attempt", () => {
    const steps = [openStep({ status: "retrying", attempt: 1, dueAt: T0 + 500 })];
    const [step] = traceOf({ steps, attempts: [attemptRow()] }).rootSpan.children;
    expect(step?.status).toBe("RUNNING");
    expect(step?.children[1]).toMatchObject({
      name: "Attempt 1",
      status: "QUEUED",
      queuedAt: at(5),
      startedAt: null,
      wait: { until: at(500) },
    });
  });

  test("planned, and cut off by the end of the run", () => {
    const steps = [openStep({ status: "planned", startedAt: null })];
    expect(traceOf({ steps }).rootSpan.children[0]?.status).toBe("QUEUED");
    const run = runRow({
      status: "cancelled",
      endedAt: T0 + 9,
      output: '{"name":"Error","message":"function cancelled"}',
    });
    expect(traceOf({ run, steps }).rootSpan.children[0]).toMatchObject({
      status: "CANCELLED",
      endedAt: null,
    });
  });
});

describe("steps that wait", () => {
  test.each([
    ["Sleep", null, { until: at(500) }, "SLEEP"],
    [
      "WaitForEvent",
      '{"event":"order/paid","if":"async.data.ok"}',
      { until: at(500), eventName: "order/paid", expression: "async.data.ok", timedOut: false },
      "WAIT_FOR_EVENT",
    ],
    [
      "WaitForSignal",
      '{"signal":"s-1"}',
      { until: at(500), signal: "s-1", timedOut: false },
      "WAIT_FOR_SIGNAL",
    ],
  ])("%s", (op, opts, wait, stepOp) => {
    const [step] = traceOf({ steps: [openStep({ op, opts, dueAt: T0 + 500 })] }).rootSpan.children;
    expect(step).toMatchObject({ status: "WAITING", stepOp, wait, children: [] });
  });

  test("the event's name is the wait's where the op did not say", () => {
    const rows = { steps: [openStep({ op: "WaitForEvent", name: "payment" })], waits: [waitRow()] };
    expect(traceOf(rows).rootSpan.children[0]).toMatchObject({
      name: "payment",
      wait: { eventName: "order/paid" },
    });
  });

  test("an event that came keeps its whole payload, one that did not has timed out", () => {
    const event = { name: "order/paid", data: { n: 1 }, id: "e", ts: 1, user: {} };
    const steps = [
      stepRow({ op: "WaitForEvent", output: JSON.stringify(event) }),
      stepRow({ stepId: "b", no: 1, op: "WaitForEvent", output: "null" }),
      stepRow({ stepId: "c", no: 2, op: "WaitForSignal", output: '{"data":{"signal":"s","data":7}}' }),
    ];
    const [came, late, signal] = traceOf({ steps }, true).rootSpan.children;
    expect(came).toMatchObject({ output: event, wait: { timedOut: false }, children: [] });
    expect(late).toMatchObject({ output: null, wait: { timedOut: true } });
    expect(signal).toMatchObject({ output: { signal: "s", data: 7 } });
  });
});

describe("runs that belong together", () => {
  const child = runRow({ id: idOf(200), functionId: "shop-ship", status: "completed", parentRunId: RUN });

  test("an invoked run is named by its step", () => {
    const steps = [
      openStep({ op: "InvokeFunction", opts: '{"function_id":"shop-ship"}', childRunId: child.id }),
    ];
    expect(traceOf({ steps, children: [child] }).rootSpan.children[0]).toMatchObject({
      stepOp: "INVOKE",
      status: "WAITING",
      run: { id: child.id, function: "shop-ship", status: "COMPLETED" },
    });
    expect(traceOf({ steps }).rootSpan.children[0]?.run).toEqual({
      id: child.id,
      function: "shop-ship",
      status: null,
    });
  });

  test("defers stand beside the steps, each with its run once it was started", () => {
    const defer = {
      op: "DeferAdd",
      opts: '{"fn_slug":"shop-ship","input":{}}',
      settledNo: null,
      output: null,
      queuedAt: T0,
      endedAt: T0 + 5,
    };
    const steps = [
      stepRow({ ...defer, stepId: "1", userId: "refund", status: "scheduled", endedAt: null }),
      stepRow({ ...defer, stepId: "2", userId: "release", status: "started", childRunId: child.id }),
      stepRow({ ...defer, stepId: "3", userId: "undo", status: "aborted", opts: null }),
      stepRow({
        ...defer,
        stepId: "4",
        userId: "more",
        status: "rejected",
        opts: null,
        output: '{"reason":"per_run_count"}',
      }),
    ];
    const trace = traceOf({ steps, children: [child] });
    expect(trace.rootSpan.children).toEqual([]);
    const times = { queuedAt: at(0), endedAt: at(5) };
    expect(trace.defers).toEqual([
      {
        ...times,
        id: "refund",
        stepId: "1",
        status: "SCHEDULED",
        function: "shop-ship",
        run: null,
        endedAt: null,
      },
      {
        ...times,
        id: "release",
        stepId: "2",
        status: "STARTED",
        function: "shop-ship",
        run: { id: child.id, function: "shop-ship", status: "COMPLETED" },
      },
      { ...times, id: "undo", stepId: "3", status: "ABORTED", function: null, run: null },
      {
        ...times,
        id: "more",
        stepId: "4",
        status: "REJECTED",
        function: null,
        run: null,
        reason: "per_run_count",
      },
    ]);
  });

  test("the run names its parent", () => {
    const run = runRow({ origin: "invoke", parentRunId: idOf(1), parentStepId: A });
    expect(traceOf({ run }).parent).toEqual({ runId: idOf(1), stepId: A, origin: "invoke" });
    expect(traceOf({}).parent).toBeNull();
  });
});

describe("what a run waits for", () => {
  test("nothing, while it runs or once it has ended", () => {
    expect(traceOf({ steps: [stepRow()] }).waiting).toEqual([]);
    const ended = runRow({ status: "cancelled", endedAt: T0, output: '{"name":"E","message":"m"}' });
    expect(traceOf({ run: ended, steps: [openStep({ op: "Sleep" })] }).waiting).toEqual([]);
  });

  test("its steps' waits", () => {
    const steps = [
      openStep({ op: "Sleep", name: "nap", dueAt: T0 + 5 }),
      openStep({
        stepId: "b",
        op: "InvokeFunction",
        name: "ship",
        opts: '{"function_id":"shop-ship"}',
        childRunId: idOf(200),
      }),
      openStep({ stepId: "c", op: "StepRun", status: "retrying", name: "charge", dueAt: T0 + 9 }),
    ];
    expect(traceOf({ run: runRow({ owner: null, blocked: "waiting" }), steps }).waiting).toEqual([
      { kind: "sleep", step: "nap", stepId: A, until: at(5) },
      { kind: "invoke", step: "ship", stepId: "b", until: null, name: "shop-ship", runId: idOf(200) },
      { kind: "retry", step: "charge", stepId: "c", until: at(9) },
    ]);
  });

  test("its function, its start, its own next attempt", () => {
    const parked = { owner: null, steps: [] };
    const missing = runRow({ ...parked, blocked: "function_missing" });
    expect(traceOf({ run: missing }).waiting).toEqual([
      { kind: "blocked", step: null, stepId: null, until: null, name: "function_missing" },
    ]);
    const early = runRow({ ...parked, status: "queued", startedAt: null, wakeAt: T0 + 60 });
    expect(traceOf({ run: early }).waiting).toEqual([
      { kind: "start", step: null, stepId: null, until: at(60) },
    ]);
    const again = runRow({ ...parked, attempt: 1, retryAt: T0 + 70, wakeAt: T0 + 70 });
    expect(traceOf({ run: again }).waiting).toEqual([
      { kind: "retry", step: null, stepId: null, until: at(70) },
    ]);
  });
});

test("steps stand in the order of their time", () => {
  const steps = [
    stepRow({ queuedAt: T0 + 2 }),
    stepRow({ stepId: "b", no: 1, queuedAt: T0 + 20, startedAt: T0 + 20, name: "ship" }),
  ];
  const attempts = [attemptRow({ stepId: "", startedAt: T0 + 11, endedAt: T0 + 12 })];
  const run = runRow({ queuedAt: T0 + 10 });
  expect(traceOf({ run, steps, attempts }).rootSpan.children.map((each) => each.name)).toEqual([
    "charge",
    "Attempt 0",
    "ship",
  ]);
});
