/**
 * Data whose shape nobody declared. Functions without a schema read `event.data.whatever`, as they always could;
 * `unknown` would refuse that.
 */
// biome-ignore lint/suspicious/noExplicitAny: undeclared payloads are read without a cast; a schema gives them a type.
export type Untyped = any;

/** A payload without a schema. */
export type UntypedData = Record<string, Untyped>;
