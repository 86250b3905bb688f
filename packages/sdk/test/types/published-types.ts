/*
 * What code for the published package says of the types it names. All of it compiles with inngest 4.24.0 as well;
 * here it is only compiled, by types.test.ts.
 */
// biome-ignore-all lint/correctness/noUnusedVariables: compiled, not run
// biome-ignore-all lint/correctness/noUnusedFunctionParameters: compiled, not run
// biome-ignore-all lint/suspicious/noUnusedExpressions: compiled, not run

import type {
  BaseContext,
  ClientOptionsFromInngest,
  Context,
  EventPayload,
  FailureEventArgs,
  FailureEventPayload,
  GetFunctionInput,
  GetFunctionOutput,
  GetFunctionOutputRaw,
  GetStepTools,
  Handler,
  InngestFunction,
  InngestFunctionReference,
  Logger,
  LogLevel,
  MaybePromise,
  OutgoingOp,
  SendEventPayload,
  StepOptionsOrId,
  TimeStr,
} from "stepfast";
import {
  headerKeys,
  type Inngest,
  internalEvents,
  ProxyLogger,
  queryKeys,
  referenceFunction,
  wrapStringFirstLogger,
} from "stepfast";

import { a, b, cronFn, type inngest, one } from "./published-functions.ts";

const fns: InngestFunction.Any[] = [a, b, cronFn, one];
function list(f: InngestFunction.Like): void {}
list(a);
type In = GetFunctionInput<typeof inngest>;
type Out = GetFunctionOutput<typeof b>;
const out1: Out = { total: 1 };
type Raw = GetFunctionOutputRaw<typeof a>;
const rw: Raw = { total: 1, at: new Date() };
type Tools = GetStepTools<typeof inngest>;
async function helper(step: Tools, client: Inngest.Any): Promise<number> {
  return step.run("h", () => 1);
}
type MyOpts = ClientOptionsFromInngest<typeof inngest>;
async function withCtx({ step, event }: Context): Promise<void> {
  await step.run("x", () => event.data);
}
async function withCtx2({ step }: Context.Any): Promise<void> {
  await step.run("x", () => 1);
}
async function withCtx3({
  step,
  event,
}: Context<typeof inngest, { event: EventPayload<{ a: string }> }>): Promise<void> {
  const s = event.data?.a;
  await step.run("x", () => 1);
}
const h: Handler<typeof inngest> = async ({ event }) => {
  event.data;
};
const hAny: Handler.Any = async () => {};
const fi = async ({ step, event }: GetFunctionInput<typeof inngest>): Promise<void> => {
  await step.run("x", () => event.data.id);
};
const ep: EventPayload<{ a: string }> = { name: "x", data: { a: "1" } };
const ep2: EventPayload = { name: "x", data: { b: 1 } };
const sp: SendEventPayload = [{ name: "x", data: {} }];
async function onFail({ error, event, step }: FailureEventArgs & BaseContext<typeof inngest>): Promise<void> {
  event.data.event.name;
  error.stack;
  await step.run("a", () => 1);
}
const fep = (e: FailureEventPayload): string => e.data.run_id + e.data.error.message;
const lvl: LogLevel = "debug";
const dur: TimeStr = "1h30m";
const sid: StepOptionsOrId = { id: "x" };
const k: headerKeys = headerKeys.Signature;
const kk: string = headerKeys.SdkVersion;
const q: string = queryKeys.FnId;
const eventName: `${internalEvents}` = "inngest/function.failed";
const evn: internalEvents.FunctionFailed = internalEvents.FunctionFailed;

const logger: Logger = new ProxyLogger(console);
wrapStringFirstLogger(console);
const reft: InngestFunctionReference.Any = referenceFunction({ functionId: "x" });
const outOp = {} as OutgoingOp;
const pending: MaybePromise<string> = "x";
