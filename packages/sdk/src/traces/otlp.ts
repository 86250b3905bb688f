import type { Attributes, HrTime, SpanContext, SpanStatus } from "@opentelemetry/api";

/** What is read of a span of OpenTelemetry's SDK, of its first version or its second. */
export interface EndedSpan {
  name: string;
  kind: number;
  spanContext(): SpanContext;
  /** Of the second version. */
  parentSpanContext?: SpanContext;
  /** Of the first version. */
  parentSpanId?: string;
  startTime: HrTime;
  endTime: HrTime;
  status: SpanStatus;
  attributes: Attributes;
  events: { name: string; time: HrTime; attributes?: Attributes }[];
  resource: { attributes: Attributes };
  instrumentationScope?: Scope;
  instrumentationLibrary?: Scope;
}

interface Scope {
  name: string;
  version?: string;
}

/** An export request of OTLP's JSON: a span each, with where it comes from. */
export function exportRequest(spans: readonly { span: EndedSpan; attributes: Attributes }[]): object {
  return {
    resourceSpans: spans.map(({ span, attributes }) => ({
      resource: { attributes: keyValues(span.resource.attributes) },
      scopeSpans: [{ scope: scopeOf(span), spans: [otlpSpan(span, attributes)] }],
    })),
  };
}

function scopeOf({ instrumentationScope, instrumentationLibrary }: EndedSpan): Scope {
  const { name = "", version } = instrumentationScope ?? instrumentationLibrary ?? {};
  return { name, ...(version === undefined ? {} : { version }) };
}

function otlpSpan(span: EndedSpan, more: Attributes): object {
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? span.parentSpanId ?? "",
    name: span.name,
    // OTLP counts from 1, OpenTelemetry's API from 0.
    kind: span.kind + 1,
    startTimeUnixNano: nanos(span.startTime),
    endTimeUnixNano: nanos(span.endTime),
    attributes: keyValues({ ...span.attributes, ...more }),
    events: span.events.map(({ name, time, attributes = {} }) => {
      return { name, timeUnixNano: nanos(time), attributes: keyValues(attributes) };
    }),
    status: { code: span.status.code, message: span.status.message ?? "" },
  };
}

function nanos([seconds, rest]: HrTime): string {
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(Math.trunc(rest)));
}

function keyValues(attributes: Attributes): object[] {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => ({ key, value: anyValue(value) }));
}

function anyValue(value: unknown): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? { intValue: value } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  return { stringValue: String(value) };
}
