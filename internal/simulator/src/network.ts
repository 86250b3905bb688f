import type { Remote, RemoteCall } from "@stepfast/engine";
import { type CallAnswer, type CallRequest, type Op, StepfastError } from "@stepfast/protocol";
import type { AppHost } from "./app-host.ts";
import { checkCall } from "./call-check.ts";
import type { Dice } from "./dice.ts";
import type { EventLoop } from "./event-loop.ts";
import type { Faults } from "./faults.ts";
import type { History } from "./history.ts";
import type { Station } from "./station.ts";

const CHECKPOINT_TRIES = 5;

export interface NetworkOptions {
  loop: EventLoop;
  dice: Dice;
  history: History;
  faults: () => Faults;
  /** The app that answers now, if any. */
  app: () => AppHost | null;
  /** The app dies now. */
  crashApp: (app: AppHost) => void;
}

/** The wire between engines and the app: it loses, delays and doubles what it carries. */
export class Network {
  readonly #options: NetworkOptions;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  /** A node's view of it. */
  remoteOf(node: Station): Remote {
    return { call: (call) => this.#call(node, call) };
  }

  #latency(): number {
    const { dice, faults } = this.#options;
    return dice.chance(faults().lateCall) ? dice.int(500, 9_000) : dice.fraction() * 3;
  }

  /** How long whoever saves a checkpoint waits before asking again. */
  #patience(): number {
    const { dice, faults } = this.#options;
    return dice.chance(faults().lateCall) ? dice.int(1, 400) : 5_000;
  }

  #call(node: Station, call: RemoteCall): Promise<CallAnswer> {
    const { loop, dice, history, faults } = this.#options;
    history.journal.note(
      `${node.name} calls ${call.functionId} ${call.request.ctx.run_id} ${call.stepId.slice(0, 6)} attempt ${call.request.ctx.attempt}`,
    );
    checkCall(history, node.name, call);
    return new Promise((resolve) => {
      const answer = (value: CallAnswer, delayMs: number) =>
        loop.schedule(delayMs, () => resolve(value), node.process);
      const isLost = dice.chance(faults().lostCall);
      if (isLost) answer(transportError("the connection was lost"), dice.int(20, 6_000));
      if (isLost && dice.chance(0.5)) return;
      this.#deliver(node, call, (value) => void (isLost || answer(value, this.#latency())));
      if (dice.chance(faults().doubledCall))
        this.#deliver(node, call, (value) => answer(value, this.#latency()));
    });
  }

  #deliver(node: Station, call: RemoteCall, answer: (value: CallAnswer) => void): void {
    const { loop, app, dice, faults, crashApp } = this.#options;
    const host = app();
    if (!host) return answer(transportError("the connection was refused"));
    const request = copy(call.request);
    const arrive = () => {
      if (!host.process.isAlive) return answer(transportError("the connection was reset"));
      if (dice.chance(faults().appCrash)) loop.schedule(dice.int(0, 800), () => crashApp(host), null);
      this.#answer(host, node, call, request, answer);
    };
    loop.schedule(this.#latency(), arrive, null);
  }

  #answer(
    host: AppHost,
    node: Station,
    call: RemoteCall,
    request: CallRequest,
    answer: (value: CallAnswer) => void,
  ): void {
    const { loop } = this.#options;
    const checkpoint = (ops: Op[]) => this.#checkpoint(host, node, request, copy(ops).map(onTheWire));
    let isAnswered = false;
    const once = (value: CallAnswer) => {
      if (!isAnswered) answer(value);
      isAnswered = true;
    };
    const watch = () => {
      if (isAnswered) return;
      if (!host.process.isAlive) return once(transportError("the connection was reset"));
      loop.schedule(1_000, watch, null);
    };
    const run = () => {
      host.answer(call.functionId, request, checkpoint).then((value) => once(wireAnswer(value)));
    };
    loop.schedule(0, run, host.process);
    loop.schedule(1_000, watch, null);
  }

  /** What the SDK's checkpoint client does: it tries again until it is told that it is too late. */
  async #checkpoint(host: AppHost, node: Station, { ctx }: CallRequest, ops: Op[]): Promise<void> {
    const { loop, dice, faults } = this.#options;
    for (let attempt = 1; ; attempt++) {
      await loop.delay(this.#latency(), host.process);
      const result = await this.#save(host, node, ctx, ops);
      if (result === "saved" && !dice.chance(faults().doubledCheckpoint)) return;
      if (result === "stale")
        throw new StepfastError("stale_dispatch", "Another call has taken this run over");
      if (attempt >= CHECKPOINT_TRIES) throw new Error("the checkpoint could not be saved");
      await loop.delay(100 * 2 ** attempt, host.process);
    }
  }

  #save(
    host: AppHost,
    node: Station,
    ctx: CallRequest["ctx"],
    ops: Op[],
  ): Promise<"saved" | "stale" | "failed"> {
    const { loop, history } = this.#options;
    return new Promise((resolve) => {
      let isAnswered = false;
      const answer = (result: "saved" | "stale" | "failed") => {
        if (isAnswered) return;
        isAnswered = true;
        history.journal.note(`checkpoint of ${ctx.run_id} ${result}`);
        loop.schedule(this.#latency(), () => resolve(result), host.process);
      };
      const save = () => {
        const { engine } = node;
        if (!engine) return answer("failed");
        engine
          .checkpoint({
            runId: ctx.run_id,
            requestId: ctx.request_id,
            generation: ctx.generation_id,
            ops: copy(ops),
          })
          .then(
            () => answer("saved"),
            (error: unknown) =>
              answer(StepfastError.is(error) && error.code === "stale_dispatch" ? "stale" : "failed"),
          );
      };
      if (node.process.isAlive) loop.schedule(0, save, node.process);
      loop.schedule(this.#patience(), () => answer("failed"), null);
    });
  }
}

function transportError(message: string): CallAnswer {
  return { kind: "error", error: { name: "TransportError", message, stack: "" }, noRetry: false };
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** What only travels within a process stays there. */
function onTheWire({ attempt, retryAfter, ...op }: Op): Op {
  return op;
}

function wireAnswer(answer: CallAnswer): CallAnswer {
  const sent = copy(answer);
  return sent.kind === "ops" ? { ...sent, ops: sent.ops.map(onTheWire) } : sent;
}
