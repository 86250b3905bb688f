/** A value of an attribute: at most one of its members is there. */
export interface OtlpValue {
  stringValue?: string | undefined;
  boolValue?: boolean | undefined;
  intValue?: number | string | undefined;
  doubleValue?: number | string | undefined;
  arrayValue?: { values?: OtlpValue[] | undefined } | undefined;
  kvlistValue?: { values?: OtlpAttribute[] | undefined } | undefined;
  bytesValue?: string | Uint8Array | undefined;
}

export interface OtlpAttribute {
  key: string;
  value?: OtlpValue | undefined;
}

/** A span as it comes, in either encoding. Ids are hexadecimal. */
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  /** "": none. */
  parentSpanId: string;
  name: string;
  /** 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: number;
  startTimeUnixNano: bigint;
  endTimeUnixNano: bigint;
  attributes: OtlpAttribute[];
  events: { timeUnixNano: bigint; name: string; attributes: OtlpAttribute[] }[];
  /** Code 2: it failed. */
  status: { code: number; message: string };
}

/** Spans of one library in one process. */
export interface OtlpBatch {
  resource: OtlpAttribute[];
  scope: string;
  spans: OtlpSpan[];
}
