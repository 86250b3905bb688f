import type { JsonObject } from "@stepfast/protocol";
import type { Api } from "./api.ts";
import type { Dice } from "./dice.ts";
import { ledgerSize } from "./ledger.ts";
import type { Scenario } from "./scenario.ts";
import { OPENING } from "./scenarios/gate.ts";

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

/** A run whose cancellation was acknowledged when the ledger was this long. */
export interface Cancellation {
  runId: string;
  ledgerBytes: number;
}

/** Sends events and cancellations to a process that may be gone at any moment, and keeps the receipts. */
export class Courier {
  readonly receipts: Receipt[] = [];
  readonly cancellations: Cancellation[] = [];
  /** Keys of batches sent once of which nobody knows whether they arrived: each arrived as a whole, or not at all. */
  readonly doubtful: string[][] = [];
  readonly #dice: Dice;
  readonly #scenarios: Scenario[];
  readonly #ledger: string;
  #unacknowledged: Letter[] = [];
  #letters = 0;

  constructor(dice: Dice, scenarios: Scenario[], ledger: string) {
    this.#dice = dice;
    this.#scenarios = scenarios;
    this.#ledger = ledger;
  }

  /** Does one thing. Rejects if the other side is gone. */
  async act(api: Api): Promise<void> {
    const choice = this.#dice.fraction();
    if (choice < 0.2) await this.#openGate(api);
    else if (choice < 0.35) await this.#cancelMarathon(api);
    else if (choice < 0.5) await this.#sendCarefully(api, this.#batch());
    else await this.#sendOnce(api, this.#batch());
  }

  /** Sends what must arrive until it has. */
  async sendRest(api: Api): Promise<void> {
    await this.#sendCarefully(api, []);
  }

  async open(api: Api, key: string): Promise<void> {
    const [eventId = ""] = await api.send([{ name: OPENING, data: { key } }]);
    this.receipts.push({ name: OPENING, key, eventId });
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
    }
  }

  #receipt(name: string): Receipt | undefined {
    const known = this.receipts.filter((receipt) => receipt.name === name).slice(-10);
    return known.length === 0 ? undefined : this.#dice.pick(known);
  }

  async #openGate(api: Api): Promise<void> {
    const receipt = this.#receipt("work/gate");
    if (receipt) await this.open(api, receipt.key);
  }

  async #cancelMarathon(api: Api): Promise<void> {
    const receipt = this.#receipt("work/marathon");
    if (!receipt) return;
    const [run] = await api.runsOf(receipt.eventId);
    if (!run || this.cancellations.some((known) => known.runId === run.run_id)) return;
    await api.cancel(run.run_id);
    this.cancellations.push({ runId: run.run_id, ledgerBytes: ledgerSize(this.#ledger) });
  }
}
