import { context, trace } from "@opentelemetry/api";
import type { InngestSpanProcessor } from "./span-processor.ts";

/** Has the tracer provider of the process tell this processor of its spans. False: there is none that can. */
export function extendProvider(processor: InngestSpanProcessor): boolean {
  const provider = currentProvider();
  if (typeof provider?.addSpanProcessor === "function") {
    provider.addSpanProcessor(processor);
    return true;
  }
  // The second version of OpenTelemetry's SDK has no public way to add one later.
  const processors = provider?._activeSpanProcessor?._spanProcessors;
  if (!Array.isArray(processors)) return false;
  processors.push(processor);
  return true;
}

interface Provider {
  /** Of the first version. */
  addSpanProcessor?(processor: InngestSpanProcessor): void;
  _activeSpanProcessor?: { _spanProcessors?: unknown };
}

function currentProvider(): Provider | undefined {
  const global = trace.getTracerProvider() as Provider & { getDelegate?(): Provider | undefined };
  return global.getDelegate ? global.getDelegate() : global;
}

/**
 * Makes a tracer provider for the process, with these instrumentations. Rejects if a package is missing that it needs,
 * or if there is a provider.
 */
export async function createProvider(
  processor: InngestSpanProcessor,
  instrumentations: unknown[],
): Promise<void> {
  const { BasicTracerProvider } = await installed<SdkTrace>("@opentelemetry/sdk-trace-base");
  const { AsyncLocalStorageContextManager } = await installed<ContextHooks>(
    "@opentelemetry/context-async-hooks",
  );
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [processor] });
  if (!trace.setGlobalTracerProvider(tracerProvider)) throw new Error("the process has a tracer provider");
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  if (instrumentations.length === 0) return;
  const { registerInstrumentations } = await installed<Instrumentation>("@opentelemetry/instrumentation");
  registerInstrumentations({ instrumentations, tracerProvider });
}

type TracerProvider = Parameters<typeof trace.setGlobalTracerProvider>[0];
type ContextManager = Parameters<typeof context.setGlobalContextManager>[0];
type SdkTrace = { BasicTracerProvider: new (config: { spanProcessors: unknown[] }) => TracerProvider };
type ContextHooks = { AsyncLocalStorageContextManager: new () => { enable(): ContextManager } };
type Instrumentation = {
  registerInstrumentations(config: { instrumentations: unknown[]; tracerProvider: TracerProvider }): void;
};

/** A package that only those need who have no provider. Its name is no literal: bundlers would want it of everybody. */
function installed<T>(name: string): Promise<T> {
  return import(name) as Promise<T>;
}
