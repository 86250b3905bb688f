import { randomBytes } from "node:crypto";
import { StepfastError } from "@stepfast/protocol";
import type { Store } from "@stepfast/store";
import type { z } from "zod";
import { Shelf, type Stored } from "../documents/shelf.ts";
import type { newWebhook, webhookChange } from "../schemas/webhook.ts";
import { newId } from "../system/new-id.ts";
import { checkTransform } from "./transform.ts";

/** A webhook as it is kept. */
export interface Webhook {
  name: string;
  /** Of its address; it has to be shown again, so it is kept as it is. */
  secret: string;
  transform: string | null;
  response: string | null;
  eventFilter: { events: string[]; filter: "ALLOW" | "DENY" } | null;
}

export type StoredWebhook = Stored<Webhook>;

const KEY = /^([0-9A-Z]{26})_([\w-]{32})$/;

/** The last part of its address. */
export function hookKey({ id, body }: StoredWebhook): string {
  return `${id}_${body.secret}`;
}

export function hookKeyParts(key: string): { id: string; secret: string } | undefined {
  const [, id, secret] = KEY.exec(key) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Webhooks by id. */
export class WebhookShelf {
  readonly #shelf: Shelf<Webhook>;

  constructor(store: Store) {
    this.#shelf = new Shelf(store, "webhook");
  }

  /** Throws `transform_failed` for one that cannot be read. */
  async add(given: z.output<typeof newWebhook>, now: number): Promise<StoredWebhook> {
    const { name, transform = null, response = null, eventFilter = null } = given;
    if (transform !== null) await checkTransform(transform);
    const secret = randomBytes(24).toString("base64url");
    return await this.#shelf.add(newId(now), { name, secret, transform, response, eventFilter }, now);
  }

  async list(options: { cursor?: string | undefined; limit: number }): Promise<StoredWebhook[]> {
    return await this.#shelf.list(options);
  }

  /** Throws `webhook_not_found`. */
  async get(id: string): Promise<StoredWebhook> {
    return (await this.#shelf.get(id)) ?? missing(id);
  }

  async find(id: string): Promise<StoredWebhook | null> {
    return await this.#shelf.get(id);
  }

  /** What is not given stays. Throws `webhook_not_found`, `transform_failed`. */
  async change(id: string, given: z.output<typeof webhookChange>, now: number): Promise<StoredWebhook> {
    if (typeof given.transform === "string") await checkTransform(given.transform);
    const changes = Object.entries(given).filter(([, value]) => value !== undefined);
    const changed = await this.#shelf.change(id, now, (before) =>
      before === undefined ? undefined : { ...before, ...Object.fromEntries(changes) },
    );
    return changed ?? missing(id);
  }

  /** Throws `webhook_not_found`. */
  async remove(id: string): Promise<void> {
    if (!(await this.#shelf.remove(id))) missing(id);
  }
}

function missing(id: string): never {
  throw new StepfastError("webhook_not_found", `There is no webhook ${id}: see GET /v2/env/webhooks`);
}
