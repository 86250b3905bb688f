/** What a transform is told of a request. */
export interface Posted {
  /** The body as JSON or as the fields of a form; null where it is neither. */
  evt: unknown;
  /** By names in lower case. */
  headers: Record<string, string>;
  query: Record<string, string>;
  raw: string;
}

/** With `posted` null the code is only looked at. */
export interface TransformTask {
  code: string;
  posted: Posted | null;
}

export type TransformAnswer = { value: unknown } | { problem: string };

/**
 * Of one transform. Its instructions are counted, so that it does not depend on what else the machine does; ten million
 * take about 0.2 s of a processor. What cannot be counted ends with the time.
 */
export const transformLimits = {
  instructions: 10_000_000,
  timeMs: 5_000,
  memoryBytes: 32 * 1024 * 1024,
  stackBytes: 256 * 1024,
} as const;
