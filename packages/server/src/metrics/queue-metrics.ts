import type { Clock, Queue, QueueReportContract, QueueTotals } from "@stepfast/engine";
import type { Metric } from "./exposition.ts";

/** Queues that have series of their own; the sums are of all. */
const MAX_SERIES = 20;
/** Looking at all gates takes time: a scrape soon after another tells the same. */
const FRESH_MS = 10_000;

/** What `/metrics` tells of queues at limits. */
export class QueueMetrics {
  readonly #queues: QueueReportContract;
  readonly #clock: Clock;
  #last: { at: number; totals: Promise<QueueTotals> } | null = null;

  constructor(options: { queues: QueueReportContract; clock: Clock }) {
    this.#queues = options.queues;
    this.#clock = options.clock;
  }

  /** None while the store does not answer. */
  async read(): Promise<Metric[]> {
    try {
      return metricsOf(await this.#totals());
    } catch {
      this.#last = null;
      return [];
    }
  }

  #totals(): Promise<QueueTotals> {
    const now = this.#clock.now();
    if (this.#last && now - this.#last.at < FRESH_MS) return this.#last.totals;
    const totals = this.#queues.totals(MAX_SERIES);
    this.#last = { at: now, totals };
    return totals;
  }
}

function metricsOf({ waiting, queues, longest }: QueueTotals): Metric[] {
  const depth = longest.map((queue) => [labels(queue), queue.waiting] as const);
  const age = longest.map((queue) => [labels(queue), (queue.first?.waitsForMs ?? 0) / 1_000] as const);
  return [
    gauge("stepfast_runs_waiting", "Runs that wait at limits.", waiting),
    gauge("stepfast_queues", "Limits, by key, at which runs wait.", queues),
    gauge("stepfast_queue_depth", `Runs that wait, of the ${MAX_SERIES} longest queues.`, { samples: depth }),
    gauge("stepfast_queue_age_seconds", "How long the run that goes next has waited.", { samples: age }),
  ];
}

function gauge(name: string, help: string, value: Metric["value"]): Metric {
  return { name, help, type: "gauge", value };
}

function labels({ kind, functionId, key, gate }: Queue) {
  return { function: functionId ?? gate.split(":", 2)[1] ?? "", kind, key };
}
