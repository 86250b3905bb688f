import { randomBytes } from "node:crypto";
import { StepfastError } from "@stepfast/protocol";
import type { Store } from "@stepfast/store";
import type { z } from "zod";
import { Shelf, type Stored } from "../documents/shelf.ts";
import type { createdKey, key, newKey, Scope } from "../schemas/key.ts";
import { newId } from "../system/new-id.ts";
import { isoText, isoTime } from "../views/envelope.ts";
import { digestOf, isOneOf } from "./digest.ts";

interface MadeKey {
  name: string;
  scopes: Scope[];
  hint: string;
  /** Hexadecimal. The key itself is not kept. */
  digest: string;
  revokedAt: number | null;
}

/** What a key is good for, and how its holder is told of in records. */
interface KeyCheck {
  verdict: "opens" | "lacks" | "unknown";
  holder: string | null;
}

/** The id is in the key, so that one look finds it. */
const KEY = /^sfk_([0-9A-Z]{26})_[\w-]{43}$/;
const HINT_LENGTH = 4;
const PAGE = 400;

function viewOf({ id, body, createdAt }: Stored<MadeKey>): z.input<typeof key> {
  const { name, scopes, hint, revokedAt } = body;
  return { id, name, scopes, hint, createdAt: isoText(createdAt), revokedAt: isoTime(revokedAt) };
}

/** What a key with these scopes may do besides them. */
function opens(scopes: readonly Scope[], wanted: Scope): boolean {
  return scopes.includes(wanted) || (wanted === "send" && scopes.includes("write"));
}

/** Keys made and revoked through the API. A revoked one is refused at once, by every node. */
export class MadeKeys {
  readonly #shelf: Shelf<MadeKey>;

  constructor(store: Store) {
    this.#shelf = new Shelf(store, "key");
  }

  async make({ name, scopes }: z.output<typeof newKey>, now: number): Promise<z.input<typeof createdKey>> {
    const id = newId(now);
    const key = `sfk_${id}_${randomBytes(32).toString("base64url")}`;
    const digest = digestOf(key).toString("hex");
    const hint = key.slice(-HINT_LENGTH);
    const body = { name, scopes: [...new Set(scopes)], hint, digest, revokedAt: null };
    return { ...viewOf(await this.#shelf.add(id, body, now)), key };
  }

  async list(options: { cursor?: string | undefined; limit: number }): Promise<z.input<typeof key>[]> {
    return (await this.#shelf.list(options)).map(viewOf);
  }

  /** Those that events may be sent with now. */
  async sending(): Promise<z.input<typeof key>[]> {
    const found: z.input<typeof key>[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await this.list({ cursor, limit: PAGE });
      found.push(...page.filter(({ scopes, revokedAt }) => revokedAt === null && opens(scopes, "send")));
      if (page.length < PAGE) return found;
      cursor = page.at(-1)?.id;
    }
  }

  async get(id: string): Promise<z.input<typeof key>> {
    const found = await this.#shelf.get(id);
    if (!found) throw notFound(id);
    return viewOf(found);
  }

  async revoke(id: string, now: number): Promise<z.input<typeof key>> {
    const revoked = await this.#shelf.change(id, now, (before) =>
      before === undefined ? undefined : { ...before, revokedAt: before.revokedAt ?? now },
    );
    if (!revoked) throw notFound(id);
    return viewOf(revoked);
  }

  /** `unknown`: it is no key that was made here, or it was revoked. */
  async check(token: string, wanted: Scope): Promise<KeyCheck> {
    const id = KEY.exec(token)?.[1];
    const found = id === undefined ? null : await this.#shelf.get(id);
    if (!found || found.body.revokedAt !== null) return { verdict: "unknown", holder: null };
    const { digest, scopes, name } = found.body;
    if (!isOneOf(token, [Buffer.from(digest, "hex")])) return { verdict: "unknown", holder: null };
    return { verdict: opens(scopes, wanted) ? "opens" : "lacks", holder: `key "${name}" (${found.id})` };
  }
}

function notFound(id: string): StepfastError {
  return new StepfastError("key_not_found", `There is no key ${id}: see GET /v2/keys`);
}
