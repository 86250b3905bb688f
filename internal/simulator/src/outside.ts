import type { IncomingEvent } from "@stepfast/protocol";
import type { Dice } from "./dice.ts";
import type { EventLoop } from "./event-loop.ts";
import type { History } from "./history.ts";
import type { Program } from "./program.ts";
import { news, signals } from "./program-dice.ts";
import type { Requests } from "./requests.ts";

/** One request to send events, which is repeated until it is acknowledged. */
export interface Sending {
  events: IncomingEvent[];
  seed: string | undefined;
  /** The ids of each acknowledgement. */
  acknowledged: string[][];
}

export interface OutsideOptions {
  program: Program;
  loop: EventLoop;
  dice: Dice;
  history: History;
  requests: Requests;
  startMs: number;
}

const MAX_TRIES = 6;

/** Whoever uses the API: sends events, signals and cancellations at any time, and tries again if nobody answers. */
export class Outside {
  readonly #options: OutsideOptions;
  readonly sendings: Sending[] = [];

  constructor(options: OutsideOptions) {
    this.#options = options;
  }

  /** Plans everything that will be asked for in the next `ms`. */
  plan(ms: number): void {
    const { dice, requests } = this.#options;
    requests.at(dice.int(1, 500), () => this.#send([this.#trigger()]));
    const count = dice.int(3, 14);
    for (let i = 0; i < count; i++) {
      requests.at(dice.fraction() * ms * dice.fraction(), () => this.#send(this.#events()));
    }
    for (let i = dice.int(0, 5); i > 0; i--) requests.at(dice.fraction() * ms, () => this.#signal());
    for (let i = dice.int(0, 4); i > 0; i--) requests.at(dice.fraction() * ms, () => this.#cancel());
  }

  #trigger(): IncomingEvent {
    const { dice, program } = this.#options;
    const names = program.functions.flatMap(({ trigger }) => (trigger ? [trigger.event] : []));
    return this.#event(names.length > 0 ? dice.pick(names) : dice.pick(news));
  }

  #event(name: string): IncomingEvent {
    const { dice, loop } = this.#options;
    const event: IncomingEvent = { name, data: { k: dice.int(0, 2), cart: dice.int(0, 2) } };
    if (dice.chance(0.3)) event.id = `key-${dice.int(0, 3)}`;
    if (dice.chance(0.08)) event.ts = loop.now + dice.pick([-5_000, 300, 7_000]);
    return event;
  }

  #events(): IncomingEvent[] {
    const { dice } = this.#options;
    const length = dice.chance(0.8) ? 1 : dice.int(2, 4);
    return Array.from({ length }, () => (dice.chance(0.5) ? this.#trigger() : this.#event(dice.pick(news))));
  }

  #send(events: IncomingEvent[]): void {
    const { dice, startMs } = this.#options;
    const seed = dice.chance(0.6) ? `${startMs},${btoa(String.fromCharCode(...dice.bytes(10)))}` : undefined;
    const sending: Sending = { events, seed, acknowledged: [] };
    this.sendings.push(sending);
    this.#options.requests.ask("send", MAX_TRIES, async (node) => {
      const result = await node.engine?.send(sending.events, { seed });
      if (result) sending.acknowledged.push(result.ids);
    });
    if (dice.chance(0.15)) this.#repeat(sending);
  }

  /** The same request once more, as if the first answer had been lost. */
  #repeat(sending: Sending): void {
    if (sending.seed === undefined) return;
    const { requests } = this.#options;
    requests.at(this.#options.dice.int(0, 3_000), () => {
      this.#options.requests.ask("send again", MAX_TRIES, async (node) => {
        const result = await node.engine?.send(sending.events, { seed: sending.seed });
        if (result) sending.acknowledged.push(result.ids);
      });
    });
  }

  #signal(): void {
    const { dice } = this.#options;
    const signal = dice.pick(signals);
    this.#options.requests.ask("signal", 2, async (node) => {
      await node.engine?.sendSignal({ signal, data: "from outside" });
    });
  }

  #cancel(): void {
    const { dice, history, loop } = this.#options;
    const live = [...history.live];
    if (live.length === 0) return this.#options.requests.done();
    const runId = dice.pick(live);
    this.#options.requests.ask("cancel", 3, async (node) => {
      await node.engine?.cancelRun({ runId });
      history.journal.note(`cancellation of ${runId} acknowledged`);
      if (!history.cancelled.has(runId)) history.cancelled.set(runId, loop.exactNow);
    });
  }
}
