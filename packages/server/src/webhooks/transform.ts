import { StepfastError } from "@stepfast/protocol";
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";

/** What a transform is told of a request. */
export interface Posted {
  /** The body as JSON or as the fields of a form; null where it is neither. */
  evt: unknown;
  /** By names in lower case. */
  headers: Record<string, string>;
  query: Record<string, string>;
  raw: string;
}

/** Of one transform: it has no network, no files, no modules, and no memory of the last time. */
export const transformLimits = {
  timeMs: 100,
  memoryBytes: 32 * 1024 * 1024,
  stackBytes: 256 * 1024,
} as const;

const MAX_MESSAGE = 300;

/** Headers are found whatever the case of their name. */
const prelude = `
const { evt, headers: __headers, query, raw } = JSON.parse(globalThis.__input);
delete globalThis.__input;
const headers = new Proxy(__headers, {
  get: (target, name) => (typeof name === "string" ? target[name.toLowerCase()] : target[name]),
  has: (target, name) => typeof name === "string" && name.toLowerCase() in target,
});`;

let loading: Promise<QuickJSWASMModule> | undefined;

function failed(problem: string): StepfastError {
  return new StepfastError("transform_failed", `The webhook's transform ${problem}`);
}

function limited(engine: QuickJSWASMModule): QuickJSRuntime {
  const runtime = engine.newRuntime();
  runtime.setMemoryLimit(transformLimits.memoryBytes);
  runtime.setMaxStackSize(transformLimits.stackBytes);
  const deadline = performance.now() + transformLimits.timeMs;
  runtime.setInterruptHandler(() => performance.now() > deadline);
  return runtime;
}

function messageOf(thrown: unknown): string {
  const { name, message } = (thrown ?? {}) as { name?: unknown; message?: unknown };
  if (message === "interrupted") return `took longer than ${transformLimits.timeMs} ms`;
  const text = typeof message === "string" ? `${String(name ?? "Error")}: ${message}` : String(thrown);
  return `failed: ${text.slice(0, MAX_MESSAGE)}`;
}

/** The value of the code's last expression. */
function evaluate(context: QuickJSContext, code: string): unknown {
  const result = context.evalCode(code, "transform.js", { type: "global" });
  if (result.error) {
    const thrown: unknown = context.dump(result.error);
    result.error.dispose();
    throw failed(messageOf(thrown));
  }
  const value: unknown = context.dump(result.value);
  result.value.dispose();
  return value;
}

async function withContext<Result>(use: (context: QuickJSContext) => Result): Promise<Result> {
  loading ??= newQuickJSWASMModuleFromVariant(import("@jitl/quickjs-ng-wasmfile-release-sync"));
  const runtime = limited(await loading);
  try {
    const context = runtime.newContext();
    try {
      return use(context);
    } finally {
      context.dispose();
    }
  } finally {
    runtime.dispose();
  }
}

/** Throws `transform_failed` where the code cannot be read, or names no function `transform`. */
export async function checkTransform(code: string): Promise<void> {
  const kind = await withContext((context) => evaluate(context, `${code}\n;typeof transform`));
  if (kind !== "function") throw failed("must define a function named transform");
}

/** What the transform makes of the request: JSON. Throws `transform_failed`. */
export async function runTransform(code: string, posted: Posted): Promise<unknown> {
  const text = await withContext((context) => {
    const input = context.newString(JSON.stringify(posted));
    context.setProp(context.global, "__input", input);
    input.dispose();
    const call = "JSON.stringify(transform(evt, headers, query, raw) ?? null)";
    return evaluate(context, `${code}\n;(() => {${prelude}\nreturn ${call};\n})()`);
  });
  if (typeof text !== "string") throw failed("must return an event, a list of events, or null");
  return JSON.parse(text);
}
