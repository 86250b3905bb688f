import {
  bytes,
  fixed64,
  inner,
  list,
  type Message,
  message,
  optionalBytes,
  optionalDouble,
  optionalFlag,
  optionalText,
  optionalWhole,
  text,
  whole,
} from "@stepfast/protocol/protobuf";
import type { OtlpAttribute, OtlpBatch, OtlpSpan, OtlpValue } from "./otlp-span.ts";

/*
 * OTLP's messages of traces, as far as they are read. Values hold lists of values, and so on: these are looked up late.
 */

const values: Message<{ values: OtlpValue[] }> = message({
  values: list(
    1,
    late(() => value),
  ),
});
const entries: Message<{ values: Entry[] }> = message({
  values: list(
    1,
    late(() => attribute),
  ),
});

interface Entry {
  key: string;
  value: OtlpValue | undefined;
}

const value: Message<OtlpValue> = message({
  stringValue: optionalText(1),
  boolValue: optionalFlag(2),
  intValue: optionalWhole(3),
  doubleValue: optionalDouble(4),
  arrayValue: inner(5, values),
  kvlistValue: inner(6, entries),
  bytesValue: optionalBytes(7),
});

const attribute: Message<Entry> = message({ key: text(1), value: inner(2, value) });

function late<T>(type: () => Message<T>): Message<T> {
  return { encode: (given) => type().encode(given), decode: (given) => type().decode(given) };
}

const event = message({ timeUnixNano: fixed64(1), name: text(2), attributes: list(3, attribute) });

const span = message({
  traceId: bytes(1),
  spanId: bytes(2),
  parentSpanId: bytes(4),
  name: text(5),
  kind: whole(6),
  startTimeUnixNano: fixed64(7),
  endTimeUnixNano: fixed64(8),
  attributes: list(9, attribute),
  events: list(11, event),
  status: inner(15, message({ message: text(2), code: whole(3) })),
});

const scopeSpans = message({ scope: inner(1, message({ name: text(1) })), spans: list(2, span) });

const resourceSpans = message({
  resource: inner(1, message({ attributes: list(1, attribute) })),
  scopeSpans: list(2, scopeSpans),
});

export const exportRequest = message({ resourceSpans: list(1, resourceSpans) });

export const exportResponse = message({
  partialSuccess: inner(1, message({ rejectedSpans: whole(1), errorMessage: text(2) })),
});

type WireSpan = ReturnType<typeof span.decode>;

function spanOf(wire: WireSpan): OtlpSpan {
  const hex = (id: Uint8Array) => Buffer.from(id).toString("hex");
  return {
    ...wire,
    traceId: hex(wire.traceId),
    spanId: hex(wire.spanId),
    parentSpanId: hex(wire.parentSpanId),
    status: wire.status ?? { code: 0, message: "" },
  };
}

/** Throws `invalid_request`. */
export function batchesOfProtobuf(body: Uint8Array): OtlpBatch[] {
  return exportRequest.decode(body).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const attributes: OtlpAttribute[] = resource?.attributes ?? [];
    return scopeSpans.map(({ scope, spans }) => {
      return { resource: attributes, scope: scope?.name ?? "", spans: spans.map(spanOf) };
    });
  });
}
