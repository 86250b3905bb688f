import type { RunSpan } from "@stepfast/engine";
import type { Json, JsonObject } from "@stepfast/protocol";
import { plainAttributes } from "./attributes.ts";
import type { OtlpBatch, OtlpSpan } from "./otlp-span.ts";
import { runIdOf } from "./trace-parent.ts";

/** What is kept of a span; times in milliseconds since the epoch, with fractions. */
export interface KeptSpan {
  parentId: string;
  name: string;
  kind: number;
  /** The library that made it. */
  scope: string;
  service: string | null;
  startedAt: number;
  endedAt: number;
  /** Why it failed; null: it did not. */
  failure: string | null;
  attributes: JsonObject;
  events: { at: number; name: string; attributes: JsonObject }[];
}

const FAILED = 2;
const ID = /^(?!0+$)[0-9a-f]{16}$/;
const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;
const STEP_HASH = /^[0-9a-f]{40}$/;

/** Attributes by which SDKs say what a span belongs to; nobody else needs them. */
const isPlumbing = (key: string) => /^(?:inngest\.(?:step\.|trace|run)|sdk\.|sys\.)/.test(key);

function msOf(nano: bigint): number {
  return Number(nano / 1_000n) / 1_000;
}

/** The id of a span's run, which its SDK names; else its trace is the run. */
function runOf(span: OtlpSpan, all: JsonObject): string {
  const named = all["sdk.run.id"];
  return typeof named === "string" && named !== "" ? named : runIdOf(span.traceId);
}

function keptSpan(
  span: OtlpSpan,
  { scope, service }: { scope: string; service: Json },
  all: JsonObject,
): KeptSpan {
  const attributes = Object.fromEntries(Object.entries(all).filter(([key]) => !isPlumbing(key)));
  const startedAt = msOf(span.startTimeUnixNano);
  return {
    parentId: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    scope,
    service: typeof service === "string" ? service : null,
    startedAt,
    endedAt: Math.max(startedAt, msOf(span.endTimeUnixNano)),
    failure: span.status.code === FAILED ? span.status.message : null,
    attributes,
    events: span.events.map(({ timeUnixNano, name, attributes: given }) => {
      return { at: msOf(timeUnixNano), name, attributes: plainAttributes(given) };
    }),
  };
}

function runSpan(span: OtlpSpan, kept: KeptSpan, all: JsonObject): RunSpan {
  const hash = all["inngest.step.hash"];
  const attempt = all["inngest.step.attempt"];
  const stepId = typeof hash === "string" && STEP_HASH.test(hash) ? hash : "";
  const isAttempt =
    stepId !== "" && typeof attempt === "number" && Number.isSafeInteger(attempt) && attempt >= 0;
  return { id: span.spanId, stepId, attempt: isAttempt ? attempt : null, content: JSON.stringify(kept) };
}

/** Spans by run; `invalid`: how many had ids or times that are none. */
export function spansByRun(batches: readonly OtlpBatch[]): { runs: Map<string, RunSpan[]>; invalid: number } {
  const runs = new Map<string, RunSpan[]>();
  let invalid = 0;
  for (const { resource, scope, spans } of batches) {
    const service = plainAttributes(resource)["service.name"] ?? null;
    for (const span of spans) {
      if (!isValid(span)) {
        invalid++;
        continue;
      }
      const all = plainAttributes(span.attributes);
      const runId = runOf(span, all);
      const made = runSpan(span, keptSpan(span, { scope, service }, all), all);
      const others = runs.get(runId);
      if (others) others.push(made);
      else runs.set(runId, [made]);
    }
  }
  return { runs, invalid };
}

const LATEST_NANO = BigInt(Date.UTC(2200, 0, 1)) * 1_000_000n;

function isValid({ traceId, spanId, startTimeUnixNano, endTimeUnixNano }: OtlpSpan): boolean {
  return (
    TRACE_ID.test(traceId) &&
    ID.test(spanId) &&
    startTimeUnixNano > 0n &&
    startTimeUnixNano < LATEST_NANO &&
    endTimeUnixNano < LATEST_NANO
  );
}
