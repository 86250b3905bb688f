import {
  type CallAnswer,
  type InlineHost,
  type InlineSession,
  type Op,
  rolledBackStep,
} from "@stepfast/protocol";
import { callRequest, inlineCall } from "../domain/call-request.ts";
import type { RunState } from "../domain/run-state.ts";
import type { PlannedCall, Push } from "../domain/transition.ts";
import type { ActorHost } from "./actor-host.ts";

export interface CallEvents {
  report(callId: number, ops: Op[]): Promise<void>;
  answer(callId: number, answer: CallAnswer): void;
  /** The call wants to run this many step bodies at a time. */
  bodies(callId: number, count: number): void;
  /** The code is not registered here any more. */
  missing(): void;
}

/** The calls of one run to its function: in this process, or over a transport. */
export class FunctionCalls {
  readonly #host: ActorHost;
  readonly #state: RunState;
  readonly #events: CallEvents;
  readonly #sessions = new Map<number, InlineSession>();
  readonly #requestIds = new Map<number, string>();
  #abort: AbortController | null = null;
  #remote = 0;
  #cancelling = false;
  #dropped = false;
  /** How many step bodies may run at a time in this process. */
  #allowed = 1;

  constructor(host: ActorHost, state: RunState, events: CallEvents) {
    this.#host = host;
    this.#state = state;
    this.#events = events;
  }

  /** Whether a call to another process is unanswered. */
  get isRemoteBusy(): boolean {
    return this.#remote > 0;
  }

  /** What a call to another process goes by there. */
  requestId(callId: number): string | undefined {
    return this.#requestIds.get(callId);
  }

  start(call: PlannedCall): void {
    const isRollback = rolledBackStep(call.stepId) !== undefined;
    if (this.#cancelling && !isRollback) this.#answered(call.id, { kind: "ops", ops: [] });
    else if (this.#state.fn.inline) this.#startInline(call);
    else void this.#startRemote(call);
  }

  ended(callId: number): void {
    this.#sessions.delete(callId);
    this.#requestIds.delete(callId);
  }

  allow(bodies: number): void {
    if (bodies === this.#allowed) return;
    this.#allowed = bodies;
    for (const session of this.#sessions.values()) session.widen();
  }

  push(push: Push): void {
    const session = this.#sessions.get(push.callId);
    if (push.kind === "settle") session?.settle(push.stepId, push.value);
    else session?.retry(push.stepId, push.attempt);
  }

  /** Nothing new starts; what executes now may finish, and its results are still taken. */
  cancel(): void {
    if (this.#cancelling) return;
    this.#cancelling = true;
    if (this.#state.fn.inline) this.#abort?.abort();
    for (const [callId, session] of this.#sessions) {
      void session.cancel().then(() => this.#answered(callId, { kind: "ops", ops: [] }));
    }
  }

  /** Resolves when no step body is executing in this process any more. */
  async drain(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.cancel()));
  }

  drop(): void {
    this.#dropped = true;
    for (const session of this.#sessions.values()) session.stop();
    this.#sessions.clear();
  }

  #startInline(call: PlannedCall): void {
    const code = this.#host.inlineFunction(this.#state.fn.id);
    if (!code) {
      this.#events.missing();
      return;
    }
    const request = inlineCall(this.#state, call, this.#host.newId());
    const session = code.call(this.#state.fn.id, request, this.#inlineHost(call));
    this.#sessions.set(call.id, session);
    session.answer.then((answer) => this.#answered(call.id, answer));
  }

  #inlineHost({ id: callId, stepId }: PlannedCall): InlineHost {
    // What undoes a cancelled run's steps is not itself cancelled.
    const isRollback = rolledBackStep(stepId) !== undefined;
    const signal = () => (isRollback ? new AbortController().signal : this.#signal());
    const isLimited = (this.#state.flow?.lanes.length ?? 0) > 0;
    return {
      report: (ops) => this.#events.report(callId, ops),
      bodies: isLimited
        ? { allowed: () => this.#allowed, want: (count) => this.#events.bodies(callId, count) }
        : null,
      // Most steps never ask for it.
      get signal() {
        return signal();
      },
    };
  }

  #signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#cancelling && this.#state.fn.inline) this.#abort.abort();
    return this.#abort.signal;
  }

  async #startRemote(call: PlannedCall): Promise<void> {
    const { fn, run, forcePlan } = this.#state;
    const url = this.#host.remoteUrl(fn.id);
    if (url === null) {
      this.#events.missing();
      return;
    }
    const requestId = this.#host.newId();
    this.#requestIds.set(call.id, requestId);
    const checkpoint = call.stepId === "step" && !forcePlan;
    const request = callRequest(this.#state, call, { requestId, env: "", checkpoint });
    const address = { url, functionId: fn.id, stepId: call.stepId, requestId, generation: run.epoch };
    this.#remote++;
    const answer = await this.#host.remote.call({ ...address, request, signal: this.#signal() });
    this.#remote--;
    this.#answered(call.id, answer);
  }

  #answered(callId: number, answer: CallAnswer): void {
    if (!this.#dropped) this.#events.answer(callId, answer);
  }
}
