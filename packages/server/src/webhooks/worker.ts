import { parentPort } from "node:worker_threads";
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import type { Posted, TransformAnswer, TransformTask } from "./transform-task.ts";
import { transformLimits } from "./transform-task.ts";

/*
 * Runs transforms, one at a time, in a thread of its own: QuickJS as WebAssembly, in a new context for each. It has no
 * network, no files, no modules, and no memory of the last time.
 */

/** QuickJS asks whether to go on after so many. */
const INSTRUCTIONS_PER_QUESTION = 10_000;

const MAX_MESSAGE = 300;

/** Headers are found whatever the case of their name. */
const prelude = `
const { evt, headers: __headers, query, raw } = JSON.parse(globalThis.__input);
delete globalThis.__input;
const headers = new Proxy(__headers, {
  get: (target, name) => (typeof name === "string" ? target[name.toLowerCase()] : target[name]),
  has: (target, name) => typeof name === "string" && name.toLowerCase() in target,
});`;

const engine: QuickJSWASMModule = await newQuickJSWASMModuleFromVariant(
  import("@jitl/quickjs-ng-wasmfile-release-sync"),
);

function limited(): QuickJSRuntime {
  const runtime = engine.newRuntime();
  runtime.setMemoryLimit(transformLimits.memoryBytes);
  runtime.setMaxStackSize(transformLimits.stackBytes);
  let left: number = transformLimits.instructions;
  runtime.setInterruptHandler(() => {
    left -= INSTRUCTIONS_PER_QUESTION;
    return left < 0;
  });
  return runtime;
}

function problemOf(thrown: unknown): string {
  const { name, message } = (thrown ?? {}) as { name?: unknown; message?: unknown };
  if (message === "interrupted") return "took too long: it may do ten million instructions";
  const text = typeof message === "string" ? `${String(name ?? "Error")}: ${message}` : String(thrown);
  return `failed: ${text.slice(0, MAX_MESSAGE)}`;
}

/** The value of the code's last expression. */
function evaluate(context: QuickJSContext, code: string): TransformAnswer {
  const result = context.evalCode(code, "transform.js", { type: "global" });
  const handle = result.error ?? result.value;
  const value: unknown = context.dump(handle);
  handle.dispose();
  return result.error ? { problem: problemOf(value) } : { value };
}

function check(context: QuickJSContext, code: string): TransformAnswer {
  const answer = evaluate(context, `${code}\n;typeof transform`);
  if ("problem" in answer || answer.value === "function") return answer;
  return { problem: "must define a function named transform" };
}

function transform(context: QuickJSContext, code: string, posted: Posted): TransformAnswer {
  const input = context.newString(JSON.stringify(posted));
  context.setProp(context.global, "__input", input);
  input.dispose();
  const call = "JSON.stringify(transform(evt, headers, query, raw) ?? null)";
  const answer = evaluate(context, `${code}\n;(() => {${prelude}\nreturn ${call};\n})()`);
  if ("problem" in answer) return answer;
  if (typeof answer.value === "string") return { value: JSON.parse(answer.value) };
  return { problem: "must return an event, a list of events, or null" };
}

function answerOf({ code, posted }: TransformTask): TransformAnswer {
  const runtime = limited();
  try {
    const context = runtime.newContext();
    try {
      return posted === null ? check(context, code) : transform(context, code, posted);
    } finally {
      context.dispose();
    }
  } finally {
    runtime.dispose();
  }
}

parentPort?.on("message", (task: TransformTask) => parentPort?.postMessage(answerOf(task)));
