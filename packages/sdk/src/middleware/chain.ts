import type { Inngest } from "../client/client.ts";
import type { InngestFunction } from "../function/function.ts";
import type { Untyped } from "../types/untyped.ts";
import type {
  BaseMiddleware,
  FunctionInputArgs,
  MiddlewareClass,
  RequestResponse,
  SendEventArgs,
  StepInputArgs,
  WrapRequestArgs,
} from "./base.ts";

type Transform = "transformFunctionInput" | "transformStepInput" | "transformSendEvent";
type Wrap = "wrapFunctionHandler" | "wrapStep" | "wrapStepHandler" | "wrapSendEvent";
type Hook =
  | "onMemoizationEnd"
  | "onRunStart"
  | "onRunComplete"
  | "onRunError"
  | "onStepStart"
  | "onStepComplete"
  | "onStepError";
type Method = (this: BaseMiddleware, args: unknown) => unknown;

/** The middleware of one request (or one `send`): fresh instances, the client's before the function's. */
export class MiddlewareChain {
  readonly #members: BaseMiddleware[];
  readonly #client: Inngest<Untyped>;

  constructor(client: Inngest<Untyped>, classes: readonly MiddlewareClass[]) {
    this.#client = client;
    this.#members = classes.map((Class) => new Class({ client }));
  }

  async #transform<T>(hook: Transform, args: T): Promise<T> {
    let current = args;
    for (const member of this.#members) {
      const method = member[hook] as Method | undefined;
      // A hook that changes its argument in place returns nothing.
      if (method) current = ((await method.call(member, current)) as T | undefined) ?? current;
    }
    return current;
  }

  transformFunctionInput(args: FunctionInputArgs): Promise<FunctionInputArgs> {
    return this.#transform("transformFunctionInput", args);
  }

  transformStepInput(args: StepInputArgs): Promise<StepInputArgs> {
    return this.#transform("transformStepInput", args);
  }

  transformSendEvent(args: SendEventArgs): Promise<SendEventArgs> {
    return this.#transform("transformSendEvent", args);
  }

  #wrap<T>(hook: Wrap | "wrapRequest", args: object, inner: () => Promise<T>): Promise<T> {
    const layers = this.#members.filter((member) => member[hook] !== undefined);
    const call = (depth: number): Promise<T> => {
      const member = layers[depth];
      if (!member) return inner();
      const method = member[hook] as unknown as Method;
      // Async, so that a hook that throws at once rejects like one that throws later.
      return (async () => (await method.call(member, { ...args, next: () => call(depth + 1) })) as T)();
    };
    return call(0);
  }

  wrap(hook: Wrap, args: object, inner: () => Promise<unknown>): Promise<unknown> {
    return this.#wrap(hook, args, inner);
  }

  wrapRequest(
    args: Omit<WrapRequestArgs, "next">,
    inner: () => Promise<RequestResponse>,
  ): Promise<RequestResponse> {
    return this.#wrap("wrapRequest", args, inner);
  }

  /** Tells all of something. Their errors are logged, never raised. */
  async tell(hook: Hook, args: object): Promise<void> {
    for (const member of this.#members) {
      const method = member[hook] as unknown as Method | undefined;
      if (!method) continue;
      try {
        await method.call(member, args);
      } catch (error) {
        this.#client.internalLogger.error(`Middleware "${member.id}" failed in ${hook}`, error);
      }
    }
  }
}

/** The chain for one call of a function; undefined where there is no middleware, so that nothing is paid for it. */
export function chainFor(fn: InngestFunction<Untyped, Untyped>): MiddlewareChain | undefined {
  const { client } = fn;
  const classes = client.middlewareOf(fn);
  return classes.length === 0 ? undefined : new MiddlewareChain(client, classes);
}
