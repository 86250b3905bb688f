import { type IncomingEvent, StepfastError, systemEvents } from "@stepfast/protocol";
import type { KeyRow } from "@stepfast/store";
import { eventRow, freshPayload } from "../../domain/event-row.ts";
import type { FunctionIndex } from "../../domain/function-index.ts";
import { functionNotFound } from "../../domain/not-found.ts";
import type { Emission } from "../../domain/transition.ts";
import type { Invocation, Invoked } from "../../engine-contract.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Publisher } from "./publisher.ts";

/** How long an idempotency key holds: a day. */
const KEY_MS = 86_400_000;

export interface InvocationsOptions {
  index: FunctionIndex;
  publisher: Publisher;
  clock: Clock;
  newId: () => string;
}

/** Starts runs of one function from outside: each has an event that is for nobody else. */
export class Invocations {
  readonly #options: InvocationsOptions;

  constructor(options: InvocationsOptions) {
    this.#options = options;
  }

  /** As `EngineContract.invoke`. */
  async invoke({ functionId, event, idempotencyKey }: Invocation): Promise<Invoked> {
    const { index, publisher, newId } = this.#options;
    const spec = index.get(functionId);
    if (!spec) throw functionNotFound(functionId);
    const eventId = newId();
    const runId = newId();
    const sent = this.#emission(event, { eventId, runId, functionId, appId: spec.appId });
    const scope = `invoke:${functionId}`;
    const keys =
      idempotencyKey === undefined ? [] : [keyRow(scope, idempotencyKey, runId, sent.row.receivedAt)];
    const result = await publisher.publish([sent], { keys });
    if (result.ok) return { eventId, runId, isRepeat: false };
    if (result.conflict.kind === "key" && result.conflict.scope === scope) {
      return { eventId: null, runId: result.conflict.value, isRepeat: true };
    }
    throw new StepfastError("internal", "The run could not be made: try again");
  }

  #emission(
    given: Invocation["event"],
    { eventId, runId, functionId, appId }: Record<"eventId" | "runId" | "functionId" | "appId", string>,
  ): Emission {
    const event: IncomingEvent = { ...given, name: systemEvents.functionInvoked };
    const row = eventRow(event, { id: eventId, nowMs: this.#options.clock.now() });
    const link = { origin: "invoke", parentRunId: null, parentStepId: null } as const;
    return { row, payload: freshPayload(event, row), target: { functionId, appId, runId, ...link } };
  }
}

function keyRow(scope: string, key: string, runId: string, createdAt: number): KeyRow {
  return { scope, key, value: runId, createdAt, expiresAt: createdAt + KEY_MS };
}
