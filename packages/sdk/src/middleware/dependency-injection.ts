import { BaseMiddleware, type FunctionInputArgs } from "./base.ts";

/** Middleware that adds values to every handler's context: `dependencyInjectionMiddleware({ db, mailer })`. */
export function dependencyInjectionMiddleware<TValues extends Record<string, unknown>>(values: TValues) {
  return class DependencyInjection extends BaseMiddleware {
    readonly id = "dependency-injection";

    override transformFunctionInput(args: FunctionInputArgs): FunctionInputArgs & { ctx: TValues } {
      return { ...args, ctx: { ...args.ctx, ...values } };
    }
  };
}
