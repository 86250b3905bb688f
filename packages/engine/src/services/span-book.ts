import { limits } from "@stepfast/protocol";
import { type MetadataRow, SPAN_OP, type Store } from "@stepfast/store";
import type { Clock } from "../ports/clock.ts";

/** A span that user code made while a run called it, as it is kept. */
export interface RunSpan {
  /** Unique in its run. */
  id: string;
  /** Hash of the step it belongs to; "": the function around the steps. */
  stepId: string;
  attempt: number | null;
  /** JSON object. */
  content: string;
}

/** What became of spans: `unknown`, there is no such run; `over`, its limits were reached; the rest is kept. */
export interface SpansTaken {
  unknown: number;
  over: number;
}

/** Keeps spans beside what is noted of their run: they go when it goes. */
export class SpanBook {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(options: { store: Store; clock: Clock }) {
    this.#store = options.store;
    this.#clock = options.clock;
  }

  /** Also of a run that has ended. Spans it has already are left as they are. */
  async add(runId: string, spans: readonly RunSpan[]): Promise<SpansTaken> {
    if (!(await this.#store.getRun(runId))) return { unknown: spans.length, over: 0 };
    const kept = (await this.#store.listMetadata(runId)).filter(({ op }) => op === SPAN_OP);
    const known = new Set(kept.map(({ kind }) => kind));
    const room = {
      spans: limits.spansPerRun - kept.length,
      bytes: kept.reduce((left, { content }) => left - Buffer.byteLength(content), limits.runSpanBytes),
    };
    const rows: MetadataRow[] = [];
    let over = 0;
    for (const { id, stepId, attempt, content } of spans) {
      if (known.has(id)) continue;
      known.add(id);
      const bytes = Buffer.byteLength(content);
      if (room.spans <= 0 || bytes > room.bytes || bytes > limits.spanBytes) over++;
      else {
        room.spans--;
        room.bytes -= bytes;
        rows.push({ runId, stepId, attempt, kind: id, op: SPAN_OP, content, createdAt: this.#clock.now() });
      }
    }
    if (rows.length > 0) await this.#store.commit({ metadata: rows });
    return { unknown: 0, over };
  }
}
