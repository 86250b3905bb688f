import { StepfastError } from "@stepfast/protocol";
import type { DocumentRow, Store } from "@stepfast/store";

/** A document, its body read. */
export interface Stored<Body> {
  id: string;
  body: Body;
  version: number;
  createdAt: number;
  updatedAt: number;
}

const MAX_TRIES = 20;

/** Documents of one kind. */
export class Shelf<Body> {
  readonly #store: Store;
  readonly #kind: string;

  constructor(store: Store, kind: string) {
    this.#store = store;
    this.#kind = kind;
  }

  async get(id: string): Promise<Stored<Body> | null> {
    // Databases refuse some characters in what they look for; no id has them.
    if (!/^[\w.-]{1,200}$/.test(id)) return null;
    const row = await this.#store.getDocument({ kind: this.#kind, id });
    return row && read<Body>(row);
  }

  /** In order of id. */
  async list(options: { cursor?: string | undefined; limit: number }): Promise<Stored<Body>[]> {
    const { cursor, limit } = options;
    const filter = cursor === undefined ? { limit } : { limit, cursor };
    return (await this.#store.listDocuments({ kind: this.#kind, ...filter })).map((row) => read<Body>(row));
  }

  /** The id must be new. */
  async add(id: string, body: Body, now: number): Promise<Stored<Body>> {
    const isAdded = await this.#put({ id, body, version: 0, now });
    if (!isAdded) throw changedMeanwhile();
    return { id, body, version: 1, createdAt: now, updatedAt: now };
  }

  /**
   * Changes the document to what `change` makes of it; where somebody else does so meanwhile, of what they made. Null if
   * there is none, or none to begin with where `change` gives undefined.
   */
  async change(
    id: string,
    now: number,
    change: (before: Body | undefined) => Body | undefined,
  ): Promise<Stored<Body> | null> {
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const before = await this.get(id);
      const body = change(before?.body);
      if (body === undefined) return null;
      const version = before?.version ?? 0;
      const createdAt = before?.createdAt ?? now;
      if (await this.#put({ id, body, version, now })) {
        return { id, body, version: version + 1, createdAt, updatedAt: now };
      }
    }
    throw changedMeanwhile();
  }

  /** False: there is none. */
  async remove(id: string): Promise<boolean> {
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const found = await this.get(id);
      if (!found) return false;
      const { version } = found;
      if (await this.#store.deleteDocument({ kind: this.#kind, id, version })) return true;
    }
    throw changedMeanwhile();
  }

  #put(document: { id: string; body: Body; version: number; now: number }): Promise<boolean> {
    const body = JSON.stringify(document.body);
    return this.#store.putDocument({ ...document, kind: this.#kind, body });
  }
}

function read<Body>({ id, body, version, createdAt, updatedAt }: DocumentRow): Stored<Body> {
  return { id, body: JSON.parse(body) as Body, version, createdAt, updatedAt };
}

function changedMeanwhile(): StepfastError {
  return new StepfastError("changed_meanwhile", "Somebody else is changing this at the same time: try again");
}
