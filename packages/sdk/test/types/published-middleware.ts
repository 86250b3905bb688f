/*
 * What code for the published package says of middleware. All of it compiles with inngest 4.24.0 as well;
 * here it is only compiled, by types.test.ts.
 */
// biome-ignore-all lint/correctness/noUnusedFunctionParameters: compiled, not run

import { dependencyInjectionMiddleware, Inngest, Middleware } from "stepfast";

import { plain } from "./published-functions.ts";

class Mw extends Middleware.BaseMiddleware {
  readonly id = "mw";
  override transformFunctionInput(arg: Middleware.TransformFunctionInputArgs) {
    return { ...arg, ctx: { ...arg.ctx, extra: "hi" } };
  }
  override async wrapStep({ next, stepInfo }: Middleware.WrapStepArgs): Promise<unknown> {
    return next();
  }
  override async wrapStepHandler({ next }: Middleware.WrapStepHandlerArgs) {
    return next();
  }
  override async wrapFunctionHandler({ next, ctx }: Middleware.WrapFunctionHandlerArgs) {
    return next();
  }
  override async wrapRequest({ next, requestInfo }: Middleware.WrapRequestArgs) {
    return next();
  }
  override async wrapSendEvent({ next, events }: Middleware.WrapSendEventArgs) {
    return next();
  }
  override transformSendEvent(arg: Middleware.TransformSendEventArgs) {
    return { ...arg, events: arg.events.map((e) => ({ ...e, data: { ...e.data, x: 1 } })) };
  }
  override transformStepInput(arg: Middleware.TransformStepInputArgs) {
    return arg;
  }
  override onRunStart({ ctx }: Middleware.OnRunStartArgs) {
    ctx.runId;
  }
  override onRunComplete({ output }: Middleware.OnRunCompleteArgs) {}
  override onRunError({ error, isFinalAttempt }: Middleware.OnRunErrorArgs) {
    error.message;
  }
  override onStepStart({ stepInfo }: Middleware.OnStepStartArgs) {
    stepInfo.stepType;
  }
  override onStepComplete({ output }: Middleware.OnStepCompleteArgs) {}
  override onStepError({ error }: Middleware.OnStepErrorArgs) {
    error.message;
  }
  override onMemoizationEnd(_arg: Middleware.OnMemoizationEndArgs) {}
  static override onRegister({ client }: Middleware.OnRegisterArgs) {
    client.id;
  }
}
const mwClient = new Inngest({ id: "m", middleware: [Mw] });
mwClient.createFunction({ id: "e", triggers: { event: "e" } }, ({ extra }) => {
  extra.toUpperCase();
});
const _mwClass: Middleware.Class = Mw;
interface Boxed extends Middleware.StaticTransform {
  In: unknown;
  Out: this["In"];
}
class KeepDates extends Middleware.BaseMiddleware {
  readonly id = "d";
  declare stepOutputTransform: Boxed;
  declare functionOutputTransform: Boxed;
}
const dateClient = new Inngest({ id: "d", middleware: [KeepDates] });
dateClient.createFunction({ id: "e", triggers: { event: "e" } }, async ({ step }) => {
  const _d = await step.run("x", () => new Date());
});
plain.createFunction(
  {
    id: "fm",
    triggers: { event: "e" },
    middleware: [dependencyInjectionMiddleware({ cache: new Map<string, string>() })],
  },
  ({ cache }) => {
    cache.get("x");
  },
);
