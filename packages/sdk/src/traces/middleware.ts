import { type Tracer, trace } from "@opentelemetry/api";
import type { Inngest } from "../client/client.ts";
import { BaseMiddleware, type FunctionInputArgs, type WrapRequestArgs } from "../middleware/base.ts";
import type { Untyped } from "../types/untyped.ts";
import { version } from "../version.ts";
import { createProvider, extendProvider } from "./provider.ts";
import { InngestSpanProcessor } from "./span-processor.ts";

export interface ExtendedTracesOptions {
  /**
   * Where spans come from. `extendProvider`: from the tracer provider of the process, which is made before. `createProvider`: from
   * one that is made now, of OpenTelemetry packages that you install. `auto` (default): the first, else the second.
   * `off`: from nowhere, but where an {@link InngestSpanProcessor} is part of a provider.
   */
  behaviour?: "auto" | "extendProvider" | "createProvider" | "off";
  /** Instrumentations of OpenTelemetry for a provider that is made now. */
  instrumentations?: unknown[];
  /** Taken for the sake of code that sets it, and changes nothing: OpenTelemetry's own log is yours to set. */
  logLevel?: number;
}

type WithTracer = FunctionInputArgs & { ctx: { tracer: Tracer } };

/**
 * Middleware that shows spans of OpenTelemetry, made within runs, in the runs' traces, under their step. It adds `tracer` to the
 * context. Every run of the process is followed across awaits from now on.
 */
export function extendedTracesMiddleware(options: ExtendedTracesOptions = {}) {
  const processor = new InngestSpanProcessor();
  setUp(processor, options);
  return class ExtendedTraces extends BaseMiddleware {
    readonly id = "extended-traces";

    static override onRegister({ client }: { client: Inngest<Untyped> }): void {
      processor.add(client);
    }

    override transformFunctionInput({ ctx, ...rest }: FunctionInputArgs): WithTracer {
      return { ...rest, ctx: { ...ctx, tracer: trace.getTracer("stepfast", version) } };
    }

    /** Spans are on their way before the answer is: some platforms stop a process as soon as it has answered. */
    override async wrapRequest({ next }: WrapRequestArgs) {
      try {
        return await next();
      } finally {
        await processor.forceFlush();
      }
    }

    /** In the engine's own process there is no request to wait for. */
    override async wrapFunctionHandler({ next }: { next: () => Promise<unknown> }) {
      try {
        return await next();
      } finally {
        void processor.forceFlush();
      }
    }
  };
}

function setUp(
  processor: InngestSpanProcessor,
  { behaviour = "auto", instrumentations = [] }: ExtendedTracesOptions,
): void {
  if (behaviour === "off") return;
  if (behaviour !== "createProvider" && extendProvider(processor)) return;
  if (behaviour === "extendProvider") {
    return warn("there is no tracer provider that can be extended: make one before the middleware");
  }
  createProvider(processor, instrumentations).catch((error: unknown) =>
    warn(error instanceof Error ? error.message : String(error)),
  );
}

function warn(reason: string): void {
  console.warn(`extendedTracesMiddleware shows no spans: ${reason}`);
}
