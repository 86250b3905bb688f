import { afterMacrotask } from "../execution/macrotask.ts";
import { askApi } from "./api.ts";
import { isRecord } from "./body.ts";
import type { CheckpointShortcut } from "./checkpoint.ts";
import type { ServeClient } from "./contract.ts";
import type { ApiAnswer } from "./node-http.ts";

/** In one request; of a request that is longer than this nothing is added. */
const MAX_CHECKPOINTS = 100;
const MAX_LENGTH = 256 * 1024;

interface Waiting {
  body: string;
  answer: (answer: ApiAnswer | undefined) => void;
}

/**
 * Brings checkpoints of several calls to the server in one request: those that come up in the same turn of the event loop, so
 * none waits for another. One that is alone is left to `POST /v1/checkpoint/{run}/async`.
 */
class CheckpointBatches {
  readonly #client: ServeClient;
  #waiting: Waiting[] = [];

  constructor(client: ServeClient) {
    this.#client = client;
  }

  readonly add: CheckpointShortcut = (_runId, body) =>
    new Promise((answer) => {
      if (this.#waiting.push({ body, answer }) === 1) afterMacrotask(this.#send);
    });

  readonly #send = (): void => {
    const all = this.#waiting;
    this.#waiting = [];
    for (let next = 0; next < all.length; ) {
      const batch: Waiting[] = [];
      for (
        let length = 0;
        next < all.length && batch.length < MAX_CHECKPOINTS && length < MAX_LENGTH;
        next++
      ) {
        const one = all[next] as Waiting;
        batch.push(one);
        length += one.body.length;
      }
      void this.#sendBatch(batch);
    }
  };

  async #sendBatch(batch: Waiting[]): Promise<void> {
    const answers = batch.length > 1 ? await this.#ask(batch).catch(() => []) : [];
    for (const [index, { answer }] of batch.entries()) answer(answers[index]);
  }

  /** Undefined for what the server could not take this way. */
  async #ask(batch: Waiting[]): Promise<(ApiAnswer | undefined)[]> {
    const { status, text } = await askApi(this.#client, {
      method: "POST",
      path: "v1/checkpoints",
      headers: this.#client.headers,
      text: `{"checkpoints":[${batch.map(({ body }) => body).join(",")}]}`,
    });
    const answer: unknown = status === 200 ? JSON.parse(text) : undefined;
    if (!isRecord(answer) || !Array.isArray(answer.data) || answer.data.length !== batch.length) return [];
    return answer.data.map(answerOf);
  }
}

function answerOf(one: unknown): ApiAnswer | undefined {
  if (!isRecord(one) || typeof one.status !== "number" || one.status === 0) return undefined;
  return { status: one.status, text: typeof one.error === "string" ? one.error : "" };
}

const batches = new WeakMap<ServeClient, CheckpointBatches>();

/** The way in which the calls of a client's functions save steps together. */
export function batchesOf(client: ServeClient): CheckpointShortcut {
  let found = batches.get(client);
  if (!found) {
    found = new CheckpointBatches(client);
    batches.set(client, found);
  }
  return found.add;
}
