import type { JsonObject } from "@stepfast/protocol";
import type { Api } from "./api.ts";
import { isKind, sibling } from "./app-under-test.ts";
import type { Dice } from "./dice.ts";
import { ledgerSize } from "./ledger.ts";
import { Pauses } from "./pauses.ts";
import { type Sighting, sightingOf } from "./record.ts";
import type { Scenario } from "./scenario.ts";

interface Letter {
  name: string;
  /** `data.key`: unlike that of any other event the driver sends, but for openings. */
  key: string;
  data: JsonObject;
  /** De-duplication id, so that it may be sent until it is acknowledged. */
  id?: string;
}

/** An event that was acknowledged. */
export interface Receipt {
  name: string;
  key: string;
  eventId: string;
}

/** A run whose cancellation was acknowledged, and in force, when the ledger was this long. */
export interface Cancellation {
  runId: string;
  ledgerBytes: number;
}

/** The choices from here on start runs. */
const STARTING_FROM = 0.45;

/** Sends events and cancellations to a process that may be gone at any moment, and keeps the receipts. */
export class Courier {
  readonly receipts: Receipt[] = [];
  readonly cancellations: Cancellation[] = [];
  readonly sightings: Sighting[] = [];
  /** Bulk cancellations that were acknowledged. */
  readonly bulks: string[] = [];
  /** Keys of batches sent once of which nobody knows whether they arrived: each arrived as a whole, or not at all. */
  readonly doubtful: string[][] = [];
  readonly #dice: Dice;
  readonly #scenarios: Scenario[];
  readonly #ledger: string;
  #unacknowledged: Letter[] = [];
  readonly #untilInForce: () => Promise<void>;
  readonly #cancelled = new Map<string, Promise<void>>();
  readonly #pauses: Pauses;
  /** Gates that nobody has opened yet: the event that made each, by its key. */
  readonly #shut = new Map<string, string>();
  /** Keys of beacons that nobody has lit yet. */
  readonly #dark = new Set<string>();
  #letters = 0;

  /** `untilInForce` resolves when a cancellation that is acknowledged now must have reached its run. Default: at once. */
  constructor(dice: Dice, scenarios: Scenario[], ledger: string, untilInForce = async () => {}) {
    this.#dice = dice;
    this.#scenarios = scenarios;
    this.#ledger = ledger;
    this.#untilInForce = untilInForce;
    this.#pauses = new Pauses(dice, scenarios);
  }

  /** Does one thing; `mayStart`: also what makes more work. Rejects if the other side is gone. */
  async act(api: Api, mayStart: boolean): Promise<void> {
    const choice = this.#dice.fraction() * (mayStart ? 1 : STARTING_FROM);
    if (choice < 0.1) await this.#openGate(api);
    else if (choice < 0.15) await this.#lightBeacon(api);
    else if (choice < 0.26) await this.#cancelMarathon(api);
    else if (choice < 0.28) await this.#cancelAll(api);
    else if (choice < 0.32) await this.#pauses.change(api);
    else if (choice < STARTING_FROM) await this.#lookAtRun(api);
    else if (choice < 0.6) await this.#sendCarefully(api, this.#batch());
    else await this.#sendOnce(api, this.#batch());
  }

  /** Sends what must arrive, and waits for the cancellations to be in force. */
  async finish(api: Api): Promise<void> {
    await this.#sendCarefully(api, []);
    await this.#pauses.end(api);
    await Promise.all(this.#cancelled.values());
  }

  /** A gate, by the event that made it. */
  async open(api: Api, { name: gate, key }: { name: string; key: string }): Promise<void> {
    const name = sibling(gate, "opened");
    const [eventId = ""] = await api.send([{ name, data: { key } }]);
    this.receipts.push({ name, key, eventId });
    this.#shut.delete(key);
  }

  async light(api: Api, key: string): Promise<void> {
    await api.signal(key);
    this.#dark.delete(key);
  }

  #batch(): Letter[] {
    return Array.from({ length: this.#dice.between(1, 4) }, () => {
      const scenario = this.#dice.pick(this.#scenarios);
      const key = `k${++this.#letters}`;
      return { name: scenario.event, key, data: { ...scenario.data(this.#dice), key } };
    });
  }

  async #sendOnce(api: Api, letters: Letter[]): Promise<void> {
    const keys = letters.map((letter) => letter.key);
    this.doubtful.push(keys);
    await this.#send(api, letters);
    this.doubtful.splice(this.doubtful.indexOf(keys), 1);
  }

  async #sendCarefully(api: Api, letters: Letter[]): Promise<void> {
    for (const letter of letters) this.#unacknowledged.push({ ...letter, id: letter.key });
    const batch = this.#unacknowledged;
    if (batch.length === 0) return;
    this.#unacknowledged = [];
    try {
      await this.#send(api, batch);
    } catch (error) {
      this.#unacknowledged.push(...batch);
      throw error;
    }
  }

  async #send(api: Api, letters: Letter[]): Promise<void> {
    const ids = await api.send(
      letters.map(({ name, data, id }) => ({ name, data, ...(id === undefined ? {} : { id }) })),
    );
    for (const [i, { name, key }] of letters.entries()) {
      this.receipts.push({ name, key, eventId: ids[i] ?? "" });
      if (isKind(name, "gate")) this.#shut.set(key, name);
      if (isKind(name, "beacon")) this.#dark.add(key);
    }
  }

  /** One of the last ten, of events of this kind. */
  #receipt(kind?: string): Receipt | undefined {
    const known = kind === undefined ? this.receipts : this.receipts.filter(({ name }) => isKind(name, kind));
    return known.length === 0 ? undefined : this.#dice.pick(known.slice(-10));
  }

  async #lookAtRun(api: Api): Promise<void> {
    const receipt = this.#receipt();
    const [run] = receipt ? await api.runsOf(receipt.eventId) : [];
    if (!run) return;
    const trace = await api.trace(run.run_id);
    this.sightings.push(sightingOf(trace, ledgerSize(this.#ledger)));
  }

  async #openGate(api: Api): Promise<void> {
    if (this.#shut.size === 0) return;
    const [key, name] = this.#dice.pick([...this.#shut]);
    await this.open(api, { key, name });
  }

  async #lightBeacon(api: Api): Promise<void> {
    if (this.#dark.size > 0) await this.light(api, this.#dice.pick([...this.#dark]));
  }

  async #cancelMarathon(api: Api): Promise<void> {
    const receipt = this.#receipt("marathon");
    if (!receipt) return;
    const [run] = await api.runsOf(receipt.eventId);
    if (!run || this.#cancelled.has(run.run_id)) return;
    await api.cancel(run.run_id);
    this.#cancelled.set(run.run_id, this.#noteCancelled(run.run_id));
  }

  /** All that live of a function that may be cancelled. */
  async #cancelAll(api: Api): Promise<void> {
    const scenario = this.#dice.pick(this.#scenarios.filter(({ event }) => isBreakable(event)));
    const [functionId = ""] = scenario.starts[scenario.event] ?? [];
    this.bulks.push(await api.cancelAll(functionId));
  }

  async #noteCancelled(runId: string): Promise<void> {
    await this.#untilInForce();
    this.cancellations.push({ runId, ledgerBytes: ledgerSize(this.#ledger) });
  }
}

function isBreakable(event: string): boolean {
  return isKind(event, "marathon") || isKind(event, "undoing");
}
