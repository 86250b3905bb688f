import { describe, expect, it } from "vitest";
import { dependencyInjectionMiddleware, Middleware, NonRetriableError } from "../../src/index.ts";
import type { FunctionInputArgs, SendEventArgs, StepInputArgs } from "../../src/middleware/base.ts";
import { hash, newClient, settled, start } from "../inline/fake-host.ts";
import { call, opsOf } from "../remote/remote-call.ts";

const trigger = { event: "test/happened" };

/** A middleware class that writes down every hook it is called by. */
function recording(log: string[], name: string) {
  const note = (hook: string) => {
    log.push(`${name}.${hook}`);
  };
  return class Recording extends Middleware.BaseMiddleware {
    readonly id = name;
    override transformFunctionInput(args: FunctionInputArgs) {
      note("transformFunctionInput");
      return args;
    }
    override transformStepInput(args: StepInputArgs) {
      note("transformStepInput");
      return args;
    }
    override async wrapFunctionHandler({ next }: { next: () => Promise<unknown> }) {
      note("wrapFunctionHandler");
      return next();
    }
    override async wrapStep({ next }: { next: () => Promise<unknown> }) {
      note("wrapStep");
      return next();
    }
    override async wrapStepHandler({ next }: { next: () => Promise<unknown> }) {
      note("wrapStepHandler");
      return next();
    }
    override onMemoizationEnd() {
      note("onMemoizationEnd");
    }
    override onRunStart() {
      note("onRunStart");
    }
    override onRunComplete() {
      note("onRunComplete");
    }
    override onRunError() {
      note("onRunError");
    }
    override onStepStart() {
      note("onStepStart");
    }
    override onStepComplete() {
      note("onStepComplete");
    }
    override onStepError() {
      note("onStepError");
    }
  };
}

function recorded() {
  const log: string[] = [];
  const client = newClient({ middleware: [recording(log, "A")] });
  const fn = client.createFunction(
    { id: "f", middleware: [recording(log, "F")] },
    trigger,
    async ({ step }) => {
      const value = await step.run("a", () => {
        log.push("body");
        return 1;
      });
      return value;
    },
  );
  return {
    log,
    fn,
    ofA: () => log.filter((line) => !line.startsWith("F.")).map((line) => line.replace("A.", "")),
  };
}

describe("hooks", () => {
  it("come in order on a fresh call", async () => {
    const { fn, ofA } = recorded();
    await call(fn);
    expect(ofA()).toEqual([
      "transformFunctionInput",
      "onMemoizationEnd",
      "onRunStart",
      "wrapFunctionHandler",
      "transformStepInput",
      "wrapStep",
      "onStepStart",
      "wrapStepHandler",
      "body",
      "onStepComplete",
    ]);
  });

  it("come in order on a replay", async () => {
    const { fn, ofA } = recorded();
    expect(await call(fn, { steps: { [hash("a")]: { data: 1 } } })).toMatchObject({
      kind: "complete",
      output: 1,
    });
    expect(ofA()).toEqual([
      "transformFunctionInput",
      "wrapFunctionHandler",
      "transformStepInput",
      "onMemoizationEnd",
      "wrapStep",
      "onRunComplete",
    ]);
  });

  it("are the client's before the function's", async () => {
    const { fn, log } = recorded();
    await call(fn);
    expect(log.slice(0, 2)).toEqual(["A.transformFunctionInput", "F.transformFunctionInput"]);
    expect(log.indexOf("A.wrapStep")).toBeLessThan(log.indexOf("F.wrapStep"));
  });

  it("work in an inline call too, to its end", async () => {
    const { fn, ofA } = recorded();
    expect(await start(fn).session.answer).toMatchObject({ kind: "complete", output: 1 });
    expect(ofA().slice(-3)).toEqual(["body", "onStepComplete", "onRunComplete"]);
  });

  it("tell of failures, and whether they are final", async () => {
    const seen: unknown[] = [];
    class Failures extends Middleware.BaseMiddleware {
      readonly id = "failures";
      override onStepError({ isFinalAttempt }: { isFinalAttempt: boolean }) {
        seen.push(["step", isFinalAttempt]);
      }
      override onRunError({ isFinalAttempt }: { isFinalAttempt: boolean }) {
        seen.push(["run", isFinalAttempt]);
      }
    }
    const fn = newClient({ middleware: [Failures] }).createFunction({ id: "f" }, trigger, ({ step }) =>
      step.run("a", () => {
        throw new NonRetriableError("no");
      }),
    );
    await start(fn).session.answer;
    expect(seen).toEqual([
      ["step", true],
      ["run", true],
    ]);
  });

  it("that fail to listen are logged and harm nothing", async () => {
    class Broken extends Middleware.BaseMiddleware {
      readonly id = "broken";
      override onStepStart() {
        throw new Error("oops");
      }
    }
    const errors: unknown[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (...args: unknown[]) => errors.push(args) };
    const fn = newClient({ middleware: [Broken], logger }).createFunction({ id: "f" }, trigger, ({ step }) =>
      step.run("a", () => 1),
    );
    expect(await start(fn).session.answer).toMatchObject({ output: 1 });
    expect(errors).toHaveLength(1);
  });

  it("get a new object for each call, and hear when they are registered", async () => {
    const registered: unknown[] = [];
    let made = 0;
    class Counting extends Middleware.BaseMiddleware {
      readonly id = "counting";
      static override onRegister({ fn }: { fn: { id(): string } | null }) {
        registered.push(fn?.id() ?? null);
      }
      override onRunStart() {
        made++;
      }
    }
    const client = newClient({ middleware: [Counting] });
    const fn = client.createFunction({ id: "f" }, trigger, () => 1);
    await start(fn).session.answer;
    await start(fn).session.answer;
    expect(registered).toEqual([null]);
    client.createFunction({ id: "g", middleware: [class extends Counting {}] }, trigger, () => 1);
    expect(registered).toEqual([null, "g"]);
    expect(made).toBe(2);
  });
});

describe("middleware may change", () => {
  it("what is stored and what is read: an encryption keeps to itself", async () => {
    class Encryption extends Middleware.BaseMiddleware {
      readonly id = "encryption";
      override async wrapStepHandler({ next }: { next: () => Promise<unknown> }) {
        return { secret: btoa(JSON.stringify(await next())) };
      }
      override async wrapStep({ next }: { next: () => Promise<unknown> }) {
        const { secret } = (await next()) as { secret: string };
        return JSON.parse(atob(secret)) as unknown;
      }
    }
    const fn = newClient({ middleware: [Encryption] }).createFunction(
      { id: "f" },
      trigger,
      async ({ step }) => ({
        got: await step.run("a", () => ({ n: 1 })),
      }),
    );
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({ output: { got: { n: 1 } } });
    expect(host.ops[0]?.data).toEqual({ secret: btoa('{"n":1}') });
    const replayed = start(fn, { steps: { [hash("a")]: { data: { secret: btoa('{"n":2}') } } } });
    expect(await replayed.session.answer).toMatchObject({ output: { got: { n: 2 } } });
  });

  it("a step's id, and so its place", async () => {
    class Prefix extends Middleware.BaseMiddleware {
      readonly id = "prefix";
      override transformStepInput(args: StepInputArgs) {
        return { ...args, stepOptions: { ...args.stepOptions, id: `v2/${args.stepOptions.id}` } };
      }
    }
    const fn = newClient({ middleware: [Prefix] }).createFunction({ id: "f" }, trigger, ({ step }) =>
      step.run("a", () => 1),
    );
    expect(opsOf(await call(fn))).toMatchObject([{ id: hash("v2/a"), userland: { id: "v2/a" } }]);
  });

  it("a step's input", async () => {
    class Double extends Middleware.BaseMiddleware {
      readonly id = "double";
      override transformStepInput(args: StepInputArgs) {
        return { ...args, input: args.input.map((value) => Number(value) * 2) };
      }
    }
    const fn = newClient({ middleware: [Double] }).createFunction({ id: "f" }, trigger, ({ step }) =>
      step.run("a", (n: number) => n, 4),
    );
    expect(opsOf(await call(fn))).toMatchObject([{ data: 8, opts: { input: [8] } }]);
  });

  it("the context", async () => {
    const client = newClient({ middleware: [dependencyInjectionMiddleware({ db: { name: "main" } })] });
    const fn = client.createFunction({ id: "f" }, trigger, async (context) => {
      const { db, step } = context as typeof context & { db: { name: string } };
      return step.run("a", () => db.name);
    });
    expect(await start(fn).session.answer).toMatchObject({ output: "main" });
  });

  it("the events that are sent", async () => {
    class Stamp extends Middleware.BaseMiddleware {
      readonly id = "stamp";
      override transformSendEvent(args: SendEventArgs) {
        return {
          ...args,
          events: args.events.map((event) => ({
            ...event,
            data: { ...event.data, stamped: args.fn?.id() ?? "client" },
          })),
        };
      }
      override async wrapSendEvent({ next }: { next: () => Promise<unknown> }) {
        return next();
      }
    }
    const bodies: unknown[] = [];
    const fetch = (async (_url: unknown, init: RequestInit) => {
      bodies.push(JSON.parse(String(init.body)));
      return Response.json({ ids: ["1"], status: 200 });
    }) as typeof globalThis.fetch;
    const client = newClient({ middleware: [Stamp], fetch });
    const fn = client.createFunction({ id: "f" }, trigger, ({ step }) =>
      step.sendEvent("send", { name: "x" }),
    );
    await client.send({ name: "x" });
    await start(fn).session.answer;
    expect(bodies).toMatchObject([[{ data: { stamped: "client" } }], [{ data: { stamped: "f" } }]]);
  });

  it("its mind slowly: a wait beside a step that a hook holds up does not end the call early", async () => {
    class Slow extends Middleware.BaseMiddleware {
      readonly id = "slow";
      override async transformStepInput(args: StepInputArgs) {
        if (args.stepOptions.id === "work") for (let i = 0; i < 5; i++) await settled();
        return args;
      }
    }
    const fn = newClient({ middleware: [Slow] }).createFunction({ id: "f" }, trigger, ({ step }) =>
      Promise.all([step.sleep("nap", "1h"), step.run("work", () => 1)]),
    );
    const { host, session } = start(fn);
    expect(await session.answer).toMatchObject({ kind: "ops", ops: [] });
    expect(host.ops.map((op) => op.op)).toEqual(["Sleep", "StepRun"]);
  });
});
