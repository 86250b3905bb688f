import { expect, it } from "vitest";
import { Middleware, referenceFunction } from "../../src/index.ts";
import { hash, newClient } from "../inline/fake-host.ts";
import { call, opsOf } from "../remote/remote-call.ts";

const trigger = { event: "test/happened" };

it("shows known steps with their type, whatever form they came in", async () => {
  const seen: unknown[] = [];
  class Looking extends Middleware.BaseMiddleware {
    readonly id = "looking";
    override transformFunctionInput(args: Middleware.TransformFunctionInputArgs) {
      seen.push(args.steps);
      return args;
    }
  }
  const fn = newClient({ middleware: [Looking] }).createFunction({ id: "f" }, trigger, async ({ step }) => {
    await step.sleep("nap", "1h");
    return step.run("a", () => 1);
  });
  const steps = { [hash("nap")]: null, [hash("a")]: { data: 7 } };
  expect(await call(fn, { steps })).toMatchObject({ kind: "complete", output: 7 });
  expect(seen).toEqual([
    { [hash("nap")]: { type: "data", data: null }, [hash("a")]: { type: "data", data: 7 } },
  ]);
});

it("wraps what a step gives, not the wait for it", async () => {
  const wrapped: unknown[] = [];
  class Wrapping extends Middleware.BaseMiddleware {
    readonly id = "wrapping";
    override async wrapStep({ next, stepInfo }: Middleware.WrapStepArgs) {
      const result = await next();
      wrapped.push([stepInfo.options, stepInfo.memoized, result]);
      return result;
    }
    override transformStepInput(args: Middleware.TransformStepInputArgs) {
      expect(args.stepOptions.name).toBe("nap");
      return args;
    }
  }
  const fn = newClient({ middleware: [Wrapping] }).createFunction({ id: "f" }, trigger, ({ step }) =>
    step.sleep("nap", "1h"),
  );
  expect(opsOf(await call(fn))).toMatchObject([{ op: "Sleep", displayName: "nap" }]);
  expect(wrapped).toEqual([]);
  await call(fn, { steps: { [hash("nap")]: null } });
  expect(wrapped).toEqual([[{ id: "nap", name: "nap" }, true, undefined]]);
});

it("lets middleware change what an invocation sends and what a wait asks for", async () => {
  class Sealing extends Middleware.BaseMiddleware {
    readonly id = "sealing";
    override transformStepInput(args: Middleware.TransformStepInputArgs) {
      const [options] = args.input as { payload?: { data?: unknown } }[];
      if (args.stepInfo.stepType === "invoke")
        return { ...args, input: [{ ...options, payload: { data: { sealed: options?.payload?.data } } }] };
      return { ...args, input: [{ ...options, if: "async.data.sealed" }] };
    }
  }
  const fn = newClient({ middleware: [Sealing] }).createFunction({ id: "f" }, trigger, ({ step }) =>
    Promise.all([
      step.invoke("call", { function: referenceFunction({ functionId: "g" }), data: { a: 1 } }),
      step.waitForEvent("wait", { event: "reply", timeout: "1h" }),
    ]),
  );
  expect(opsOf(await call(fn))).toMatchObject([
    { op: "InvokeFunction", opts: { function_id: "app-g", payload: { data: { sealed: { a: 1 } } } } },
    { op: "WaitForEvent", opts: { timeout: "1h", if: "async.data.sealed" } },
  ]);
});

it("gives hooks an Error for whatever was thrown", async () => {
  const heard: unknown[] = [];
  class Hearing extends Middleware.BaseMiddleware {
    readonly id = "hearing";
    override onRunError({ error }: Middleware.OnRunErrorArgs) {
      heard.push([error instanceof Error, error.message]);
    }
    override onStepError({ error }: Middleware.OnStepErrorArgs) {
      heard.push([error instanceof Error, error.message]);
    }
  }
  const client = newClient({ middleware: [Hearing] });
  const texts = (inStep: boolean) =>
    client.createFunction({ id: `f${inStep}` }, trigger, ({ step }) => {
      const fail = () => {
        throw "text";
      };
      return inStep ? step.run("a", fail) : fail();
    });
  await call(texts(true));
  await call(texts(false));
  expect(heard).toEqual([
    [true, "text"],
    [true, "text"],
  ]);
});
