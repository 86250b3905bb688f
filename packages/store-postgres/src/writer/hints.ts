import { textArray } from "../connection/arrays.ts";
import type { Statement } from "../connection/pipeline.ts";

/** More than so many are told as one: everybody. */
const MAX_SESSIONS = 8;
const EVERYBODY = "";

/** By which nodes tell each other that there may be news. */
export interface HintChannel {
  /** Of PostgreSQL's NOTIFY. */
  name: string;
  /** The store that tells: it does not listen to itself. */
  from: string;
  /** The sessions that live on this store. */
  own: Set<string>;
}

/** Whom a batch is news to. Told in its transaction, and so heard when the news can be seen. */
export class Hints {
  readonly #channel: HintChannel | undefined;
  readonly #sessions = new Set<string>();

  constructor(channel: HintChannel | undefined) {
    this.#channel = channel;
  }

  /** To whoever holds a run; null: nobody does, so anybody may. */
  tell(owner: string | null): void {
    if (owner === null) this.#sessions.add(EVERYBODY);
    else if (this.#channel?.own.has(owner) !== true) this.#sessions.add(owner);
  }

  writes(): Statement[] {
    if (this.#channel === undefined || this.#sessions.size === 0) return [];
    const isForAll = this.#sessions.has(EVERYBODY) || this.#sessions.size > MAX_SESSIONS;
    return [hint(this.#channel, isForAll ? [EVERYBODY] : [...this.#sessions])];
  }
}

function hint({ name, from }: HintChannel, sessions: string[]): Statement {
  const text = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) AS u (payload)";
  return { text, values: [name, textArray(sessions.map((session) => `${from} ${session}`))] };
}

/** News to everybody. */
export function hintAll(channel: HintChannel | undefined): Statement[] {
  return channel === undefined ? [] : [hint(channel, [EVERYBODY])];
}

/** Whether what was heard is for this store. */
export function concerns({ from, own }: HintChannel, payload: string): boolean {
  const [sender, session = EVERYBODY] = payload.split(" ");
  return sender !== from && (session === EVERYBODY || own.has(session));
}
