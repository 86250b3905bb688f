import {
  type CallAnswer,
  type InlineHost,
  type InlineSession,
  limits,
  type Op,
  type OpOptions,
  rolledBackStep,
} from "@stepfast/protocol";
import type { StepRow } from "@stepfast/store";
import { callRequest, inlineCall } from "../../domain/call-request.ts";
import { isOffloaded } from "../../domain/offload.ts";
import type { RunState } from "../../domain/run-state.ts";
import type { PlannedCall, Push } from "../../domain/transition.ts";
import type { ActorHost } from "./actor-host.ts";

const SILENCE_OP_ID = "discovery-after-silence";

export interface CallEvents {
  report(callId: number, ops: Op[]): Promise<void>;
  answer(callId: number, answer: CallAnswer): void;
  /** The call wants to run this many step bodies at a time. */
  bodies(callId: number, count: number): void;
  /** The code is not registered here any more, or the last worker that had it is gone; no call is under way. */
  missing(): void;
}

/** The calls of one run to its function: in this process, or over a transport. */
export class FunctionCalls {
  readonly #host: ActorHost;
  readonly #state: RunState;
  readonly #events: CallEvents;
  readonly #sessions = new Map<number, InlineSession>();
  readonly #requestIds = new Map<number, string>();
  readonly #offloads = new Set<Promise<void>>();
  #abort: AbortController | null = null;
  #remote = 0;
  /** A call found nobody to take it. */
  #isUnreached = false;
  /** The first call is not made: somebody is at it already, and tells of it. */
  #isAttended: boolean;
  #attended: { callId: number; stopTimer: () => void } | null = null;
  #cancelling = false;
  #draining = false;
  #dropped = false;
  #onDrop: (() => void)[] = [];
  /** How many step bodies may run at a time in this process. */
  #allowed = 1;

  constructor(host: ActorHost, state: RunState, events: CallEvents, isAttended: boolean) {
    this.#isAttended = isAttended;
    this.#host = host;
    this.#state = state;
    this.#events = events;
  }

  /** Whether a call to another process is unanswered. */
  get isRemoteBusy(): boolean {
    return this.#remote > 0;
  }

  /** Whether an answer will come that does not depend on code in this process. */
  get isAwaitingAnswer(): boolean {
    return this.#remote > 0 || (!this.#state.fn.inline && this.#offloads.size > 0);
  }

  /** What a call to another process goes by there. */
  requestId(callId: number): string | undefined {
    return this.#requestIds.get(callId);
  }

  start(call: PlannedCall): void {
    const step = this.#state.steps.get(call.stepId);
    const isRollback = rolledBackStep(call.stepId) !== undefined;
    if (this.#draining) return;
    if (this.#isAttended) this.#attend(call.id);
    else if (this.#cancelling && !isRollback) this.#answered(call.id, { kind: "ops", ops: [] });
    else if (step && isOffloaded(step)) this.#startOffload(call, step);
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

  /** The call that somebody else is at. */
  get attended(): number | undefined {
    return this.#attended?.callId;
  }

  /** It was told of: it is alive. */
  heard(): void {
    this.#attended?.stopTimer();
    if (this.#attended) this.#attended.stopTimer = this.#silenceTimer(this.#attended.callId);
  }

  /** It is over. */
  leave(): void {
    if (!this.#attended) return;
    this.#attended.stopTimer();
    this.#attended = null;
    this.#remote--;
  }

  #attend(callId: number): void {
    this.#isAttended = false;
    this.#remote++;
    this.#attended = { callId, stopTimer: this.#silenceTimer(callId) };
  }

  /** Who was at it has died, or failed without a word: the function is called anew. */
  #silenceTimer(callId: number): () => void {
    return this.#host.clock.after(limits.endpointSilenceMs, () => {
      this.leave();
      this.#answered(callId, { kind: "ops", ops: [{ id: SILENCE_OP_ID, op: "DiscoveryRequest" }] });
    });
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

  /** Resolves when nothing of the run is executing in this process any more, or it is dropped; nothing new starts. */
  async drain(): Promise<void> {
    this.#draining = true;
    // A session that is stopped in the middle tells nobody of its end.
    const dropped = new Promise<void>((resolve) => this.#onDrop.push(resolve));
    if (!this.#dropped) await Promise.race([this.#finish(), dropped]);
  }

  async #finish(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.cancel()));
    await Promise.all(this.#offloads);
  }

  drop(): void {
    this.#dropped = true;
    for (const tell of this.#onDrop.splice(0)) tell();
    this.leave();
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

  /** A request that the function leaves to the server. Whatever comes of it is a step's result. */
  #startOffload(call: PlannedCall, step: StepRow): void {
    const opts = JSON.parse(step.opts ?? "{}") as OpOptions;
    const op = step.op === "Gateway" ? "Gateway" : "AIGateway";
    const done = this.#host.gateway
      .perform({ op, opts, attempt: call.attempt })
      .then((answer) => this.#answered(call.id, answer))
      .finally(() => this.#offloads.delete(done));
    this.#offloads.add(done);
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
    const url = fn.endpoint?.url ?? this.#host.remoteUrl(fn.id);
    if (url === null) {
      this.#events.missing();
      return;
    }
    const requestId = this.#host.newId();
    this.#requestIds.set(call.id, requestId);
    const checkpoint = call.stepId === "step" && !forcePlan;
    const request = callRequest(this.#state, call, { requestId, env: "", checkpoint });
    this.#remote++;
    const answer = await this.#host.remote.call({
      url,
      functionId: fn.id,
      appId: fn.appId,
      stepId: call.stepId,
      endpoint: fn.endpoint,
      requestId,
      generation: run.epoch,
      request,
    });
    this.#remote--;
    if (answer) this.#answered(call.id, answer);
    else this.#isUnreached = true;
    // What others of this run's calls come to is taken in first.
    if (this.#isUnreached && this.#remote === 0 && !this.#dropped) this.#events.missing();
  }

  #answered(callId: number, answer: CallAnswer): void {
    if (!this.#dropped) this.#events.answer(callId, answer);
  }
}
