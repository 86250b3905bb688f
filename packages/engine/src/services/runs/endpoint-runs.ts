import { COMPLETE_OP_ID, type EventPayload, type Op, StepfastError } from "@stepfast/protocol";
import type { LoadedRun, Store } from "@stepfast/store";
import { endpointSpec, withRetries } from "../../domain/endpoint.ts";
import { eventRow, freshPayload } from "../../domain/event-row.ts";
import { dataJson } from "../../domain/step-op.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Publisher } from "../events/publisher.ts";
import type { RunKeeper } from "./run-keeper.ts";

/** How long the same run may be asked for again. */
const KEY_TTL_MS = 24 * 3_600_000;

export interface NewEndpointRun {
  /** ULID, made by the SDK. */
  runId: string;
  /** `inngest/http.request` (PROTOCOL §7). */
  event: Pick<EventPayload, "name" | "data">;
  /** Retries after the first attempt, of each step and of the handler. */
  retries: number;
  ops: Op[];
}

export interface EndpointRunsOptions {
  store: Store;
  clock: Clock;
  newId: () => string;
  publisher: Publisher;
  keeper: RunKeeper;
}

/**
 * Runs that begin in an app's own request: the app tells of them as they go, until they end or have to wait; from then on
 * they are called like any other.
 */
export class EndpointRuns {
  readonly #options: EndpointRunsOptions;

  constructor(options: EndpointRunsOptions) {
    this.#options = options;
  }

  /** Makes the run; asked for again, it is the same one. Throws `invalid_event`, `stale_dispatch`. */
  async start({
    runId,
    event,
    retries,
    ops,
  }: NewEndpointRun): Promise<{ functionId: string; appId: string }> {
    const { clock, newId, publisher } = this.#options;
    const now = clock.now();
    const row = eventRow(withRetries({ ...event, user: {}, id: "", ts: now }, retries), {
      id: newId(),
      nowMs: now,
    });
    const payload = freshPayload({ name: row.name, data: JSON.parse(row.data), ts: now }, row);
    const spec = endpointSpec(payload);
    if (!spec) throw new StepfastError("invalid_event", "The event does not say which endpoint was called");
    const { id: functionId, appId } = spec;
    const link = { origin: "event", parentRunId: null, parentStepId: null } as const;
    const target = { functionId, appId, runId, spec, ...link };
    const key = { scope: "endpoint", key: runId, value: runId, createdAt: now, expiresAt: now + KEY_TTL_MS };
    const result = await publisher.publish([{ row, payload, target }], { keys: [key] });
    if (!result.ok && result.conflict.kind !== "key") {
      throw new StepfastError("internal", "The run could not be made: try again");
    }
    if (ops.length > 0) await this.report(runId, ops);
    return { functionId, appId };
  }

  /** Takes in what an app tells of a run it is at. Throws `stale_dispatch` where the run is not its any more. */
  async report(runId: string, ops: Op[]): Promise<void> {
    const { keeper, store } = this.#options;
    const actor = keeper.actor(runId);
    if (actor?.isAttended) return actor.attend(ops, ops.some(endsAttendance));
    const known = await store.loadRun(runId);
    if (known && wasTaken(known, ops)) return;
    throw new StepfastError(
      "stale_dispatch",
      "This request no longer owns its run: stop, and report nothing more",
    );
  }
}

/** What the app does not wait for itself: it leaves the run with this op. */
function endsAttendance(op: Op): boolean {
  return op.op !== "StepRun" && op.op !== "DeferAdd" && op.op !== "DeferAbort";
}

/**
 * Whether an app that has left the run tells again what it left with: it did not hear the answer. Another call may have come to
 * something else by then, and that is what counts.
 */
function wasTaken({ run, steps }: LoadedRun, ops: Op[]): boolean {
  if (!ops.some(endsAttendance)) return false;
  const known = new Map(steps.map((step) => [step.stepId, step]));
  return ops.every((op) => {
    if (op.op === "RunComplete") {
      return run.status === "completed" && run.output === JSON.stringify(op.data ?? null);
    }
    if (op.id === COMPLETE_OP_ID) return run.attempt > 0 || run.status === "failed";
    if (op.op === "StepRun") return known.get(op.id)?.output === dataJson(op);
    return op.op === "DiscoveryRequest" || known.has(op.id);
  });
}
