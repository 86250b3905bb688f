import type { Logger } from "../../logging/logger.ts";

interface Timing {
  description: string | undefined;
  /** Milliseconds; undefined while it goes on. */
  durationMs: number | undefined;
}

/** Durations of named parts of a request, for its `Server-Timing` header. */
export class ServerTiming {
  readonly #timings = new Map<string, Timing[]>();
  readonly #texts: string[] = [];
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Starts a part; call what it returns at its end. */
  start(name: string, description?: string): () => void {
    const startedAt = performance.now();
    const timing: Timing = { description, durationMs: undefined };
    this.#timings.set(name, [...(this.#timings.get(name) ?? []), timing]);
    return () => {
      if (timing.durationMs !== undefined) return this.#logger.warn(`The part "${name}" has ended before`);
      timing.durationMs = performance.now() - startedAt;
    };
  }

  append(key: string, value: string): void {
    this.#texts.push(`${key};desc="${value}"`);
  }

  async wrap<T>(name: string, fn: () => T, description?: string): Promise<Awaited<T>> {
    const stop = this.start(name, description);
    try {
      return await fn();
    } finally {
      stop();
    }
  }

  getHeader(): string {
    const parts = [...this.#timings].map(([name, timings]) => {
      const durationMs = timings.reduce((sum, timing) => sum + (timing.durationMs ?? 0), 0);
      const description = timings[0]?.description;
      return `${name}${description === undefined ? "" : `;desc="${description}"`};dur=${durationMs}`;
    });
    return [...parts, ...this.#texts].join(", ");
  }
}
