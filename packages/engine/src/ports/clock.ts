/** Time. Tests move it; nothing else in the engine reads a clock or sets a timer. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls once, `delayMs` from now or soon after. Returns a function that forgets it. */
  after(delayMs: number, callback: () => void): () => void;
}
