import type { WorkerPool } from "../connect/worker-pool.ts";
import { version } from "../version.ts";
import { exposition, type Metric } from "./exposition.ts";
import type { QueueMetrics } from "./queue-metrics.ts";
import type { StoreCounters } from "./store-counters.ts";

export interface MetricsSource {
  counters: StoreCounters;
  /** Runs this node holds in memory. */
  hotRuns(): number;
  queues: QueueMetrics;
  /** Workers that are connected, if this node takes any. */
  workers?: Pick<WorkerPool, "links" | "running" | "waiting"> | undefined;
}

function counter(name: string, help: string, value: Metric["value"]): Metric {
  return { name, help, type: "counter", value };
}

function gauge(name: string, help: string, value: Metric["value"]): Metric {
  return { name, help, type: "gauge", value };
}

function runMetrics({ counters, hotRuns }: MetricsSource): Metric[] {
  const runsEnded = { label: "status", values: counters.runsEnded };
  const steps = { label: "status", values: counters.stepsSettled };
  return [
    gauge("stepfast_hot_runs", "Runs this node holds in memory.", hotRuns()),
    counter("stepfast_events_total", "Events taken in by this node, its own included.", counters.events),
    counter("stepfast_runs_queued_total", "Runs made by this node.", counters.runsQueued),
    counter("stepfast_runs_ended_total", "Runs that ended on this node.", runsEnded),
    counter("stepfast_steps_total", "Steps that completed or failed on this node.", steps),
    counter("stepfast_attempts_failed_total", "Attempts that failed on this node.", counters.attemptsFailed),
  ];
}

function workerMetrics({ workers }: MetricsSource): Metric[] {
  if (!workers) return [];
  return [
    gauge("stepfast_connect_workers", "Workers connected to this node.", workers.links.size),
    gauge("stepfast_connect_requests_running", "Requests that are with a worker.", workers.running),
    gauge("stepfast_connect_requests_waiting", "Requests that wait for a worker with room.", workers.waiting),
  ];
}

function storeMetrics(counters: StoreCounters): Metric[] {
  return [
    counter("stepfast_commits_total", "Change-sets the store answered.", counters.commits),
    counter("stepfast_commits_refused_total", "Change-sets refused as stale.", counters.commitsRefused),
    counter("stepfast_commits_failed_total", "Change-sets the store failed on.", counters.commitsFailed),
    counter("stepfast_commit_seconds_total", "Time change-sets took, in sum.", counters.commitSeconds),
  ];
}

function processMetrics(): Metric[] {
  const { user, system } = process.cpuUsage();
  const memory = process.memoryUsage();
  const startedAt = Date.now() / 1_000 - process.uptime();
  return [
    counter("process_cpu_seconds_total", "Processor time of the process.", (user + system) / 1e6),
    gauge("process_resident_memory_bytes", "Memory of the process.", memory.rss),
    gauge("nodejs_heap_size_used_bytes", "Heap in use.", memory.heapUsed),
    gauge("process_start_time_seconds", "When the process started.", startedAt),
  ];
}

/** What `/metrics` tells of this node. */
export async function nodeMetrics(source: MetricsSource): Promise<string> {
  const build = { label: "version", values: [[version, 1] as const] };
  return exposition([
    gauge("stepfast_build_info", "The version that runs.", build),
    ...runMetrics(source),
    ...(await source.queues.read()),
    ...workerMetrics(source),
    ...storeMetrics(source.counters),
    ...processMetrics(),
  ]);
}
