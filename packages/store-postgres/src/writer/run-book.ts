import { StepfastError } from "@stepfast/protocol";
import type { RunPatch, RunRow, RunStatus } from "@stepfast/store";
import { patchColumns, runColumns, source, toArrays } from "../columns.ts";
import { numberArray, textArray } from "../connection/arrays.ts";
import type { SqlRow, Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Book } from "./book.ts";
import type { HeldRuns } from "./held-runs.ts";

/** What a write needs to know of a run, as it will be after the change-sets before. */
export interface Head {
  readonly id: string;
  isLive: boolean;
  owner: string | null;
  epoch: number;
  wakeAt: number | null;
  /** Undefined: it was foretold, and nobody asks. */
  gate: string | null | undefined;
  /** Of a run that the batch makes. */
  readonly row: RunRow | null;
  /** Of one that was there. */
  patch: Omit<RunPatch, "id"> | null;
}

export interface Lease {
  runId: string;
  owner: string;
  epoch: number;
}

export function isLiveStatus(status: RunStatus | string | null | undefined): boolean {
  return status === "queued" || status === "running";
}

/** The runs of a batch. Those that are there stay locked to its end, and with them all that hangs on them. */
export class RunBook implements Book {
  readonly #wanted = new Set<string>();
  readonly #heads = new Map<string, Head>();

  want(runId: string): void {
    this.#wanted.add(runId);
  }

  reads(schema: string): Query[] {
    if (this.#wanted.size === 0) return [];
    const text = `SELECT id, status, owner, epoch, wake_at, gate FROM ${schema}.runs
      WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE`;
    const take = ({ rows }: { rows: SqlRow[] }) => {
      for (const row of rows) this.#load(row);
    };
    return [{ text, values: [textArray([...this.#wanted])], take }];
  }

  #load([id, status, owner = null, epoch, wakeAt = null, gate = null]: SqlRow): void {
    this.#heads.set(String(id), {
      id: String(id),
      isLive: isLiveStatus(status),
      owner,
      epoch: Number(epoch),
      wakeAt: wakeAt === null ? null : Number(wakeAt),
      gate,
      row: null,
      patch: null,
    });
  }

  /** Takes the runs for what they were; false if one is not known. What is foretold must be checked: {@link expects}. */
  foretell(held: HeldRuns): boolean {
    for (const id of this.#wanted) {
      const known = held.get(id);
      if (known === undefined) return false;
      const { owner, epoch, wakeAt } = known;
      const head = { id, isLive: true, owner, epoch, wakeAt, gate: undefined, row: null, patch: null };
      this.#heads.set(id, head);
    }
    return true;
  }

  /** Locks the runs, and fails if one is not as it was foretold. */
  expects(schema: string): Query {
    const heads = [...this.#heads.values()];
    const [head] = heads;
    if (head !== undefined && heads.length === 1) return expectsOne(schema, head);
    // The rows are found by their ids alone: by their owner would be by many.
    const text = `SELECT 1 / (count(*) FILTER (WHERE owner = given_owner AND epoch = given_epoch
        AND wake_at IS NOT DISTINCT FROM given_wake AND status IN ('queued', 'running')) = $5::int)::int
      FROM (SELECT r.owner, r.epoch, r.wake_at, r.status, given_owner, given_epoch, given_wake
        FROM unnest($1::text[], $2::text[], $3::float8[], $4::float8[])
          AS u (id, given_owner, given_epoch, given_wake)
        JOIN ${schema}.runs r ON r.id = u.id ORDER BY r.id FOR UPDATE OF r) AS found`;
    const ids = textArray(heads.map(({ id }) => id));
    const owners = textArray(heads.map(({ owner }) => owner));
    const epochs = numberArray(heads.map(({ epoch }) => epoch));
    const wakes = numberArray(heads.map(({ wakeAt }) => wakeAt));
    return { text, values: [ids, owners, epochs, wakes, heads.length] };
  }

  /** The leases under which it was foretold. */
  get leases(): Lease[] {
    const heads = [...this.#heads.values()];
    return heads.flatMap(({ id, owner, epoch }) => (owner === null ? [] : [{ runId: id, owner, epoch }]));
  }

  /** Remembers the runs that are held now. `lastNo`: of the last step that was written to a run. */
  publish(held: HeldRuns, lastNo: (runId: string) => number | undefined): void {
    for (const { id, isLive, owner, epoch, wakeAt, row } of this.#heads.values()) {
      const before = held.get(id)?.lastNo ?? (row === null ? Infinity : -1);
      const written = lastNo(id) ?? before;
      const last = before === Infinity ? written : Math.max(before, written);
      if (isLive && owner !== null) held.set(id, { owner, epoch, wakeAt, lastNo: last });
      else held.delete(id);
    }
  }

  get(id: string): Head | undefined {
    return this.#heads.get(id);
  }

  require(id: string): Head {
    const head = this.#heads.get(id);
    if (head === undefined) throw new StepfastError("internal", `There is no run ${id} to write to.`);
    return head;
  }

  insert(given: RunRow): void {
    const row = { ...given };
    const { id, owner, epoch, wakeAt, gate } = row;
    const isLive = isLiveStatus(row.status);
    this.#heads.set(id, { id, isLive, owner, epoch, wakeAt, gate, row, patch: null });
  }

  patch({ id, ...columns }: RunPatch): void {
    const head = this.require(id);
    if (head.row === null) head.patch ??= {};
    const target: object = head.row ?? head.patch ?? {};
    for (const key of patchColumns.keys) {
      const value = columns[key];
      if (value !== undefined) Object.assign(target, { [key]: value });
    }
    if (columns.status !== undefined) head.isLive = isLiveStatus(columns.status);
    if (columns.owner !== undefined) head.owner = columns.owner;
    if (columns.wakeAt !== undefined) head.wakeAt = columns.wakeAt;
    if (columns.gate !== undefined) head.gate = columns.gate;
  }

  /** The run wants to be claimed by then. */
  wake(head: Head, at: number): void {
    if (head.wakeAt === null || at < head.wakeAt) this.patch({ id: head.id, wakeAt: at });
  }

  writes(schema: string): Statement[] {
    const heads = [...this.#heads.values()];
    const made = heads.flatMap(({ row }) => (row === null ? [] : [row]));
    const patched = heads.filter(({ patch }) => patch !== null && Object.keys(patch).length > 0);
    const statements: Statement[] = [];
    if (made.length > 0) statements.push(insertRuns(schema, made), ...insertBatches(schema, made));
    if (patched.length > 0) statements.push(updateRuns(schema, patched));
    return statements;
  }
}

/** The same for a single run: it costs the server a tenth. */
function expectsOne(schema: string, { id, owner, epoch, wakeAt }: Head): Query {
  const text = `SELECT 1 / (count(*) FILTER (WHERE owner = $2 AND epoch = $3::float8
      AND wake_at IS NOT DISTINCT FROM $4::float8 AND status IN ('queued', 'running')))::int
    FROM (SELECT owner, epoch, wake_at, status FROM ${schema}.runs WHERE id = $1 FOR UPDATE) AS found`;
  return { text, values: [id, owner, epoch, wakeAt] };
}

function insertRuns(schema: string, rows: RunRow[]): Statement {
  const { from, values } = source(runColumns, rows);
  return { text: `INSERT INTO ${schema}.runs (${runColumns.sql}) ${from}`, values };
}

/** Of runs that several events started, if there are any. */
function insertBatches(schema: string, rows: RunRow[]): Statement[] {
  const pairs = rows.flatMap(batchOf);
  if (pairs.length === 0) return [];
  const text = `INSERT INTO ${schema}.batch_events (event_id, run_id) SELECT * FROM unnest($1::text[], $2::text[])`;
  const values = [textArray(pairs.map(([eventId]) => eventId)), textArray(pairs.map(([, runId]) => runId))];
  return [{ text, values }];
}

function batchOf({ id, eventIds }: RunRow): [string, string][] {
  if (eventIds === null) return [];
  return [...new Set(JSON.parse(eventIds) as string[])].map((eventId) => [eventId, id]);
}

const patchCount = patchColumns.names.length;
const patchSets = patchColumns.names
  .map((name, bit) => `${name} = CASE WHEN p.mask & ${1 << bit} <> 0 THEN p.${name} ELSE r.${name} END`)
  .join(", ");

function updateRuns(schema: string, heads: Head[]): Statement {
  const text = `UPDATE ${schema}.runs r SET ${patchSets}
    FROM (SELECT ${patchColumns.sql}, id, mask::int AS mask
      FROM unnest(${patchColumns.arrays}, $${patchCount + 1}::text[], $${patchCount + 2}::float8[])
        AS u (${patchColumns.sql}, id, mask)) p
    WHERE r.id = p.id`;
  const patches = heads.map(({ patch }) => patch ?? {});
  const ids = textArray(heads.map(({ id }) => id));
  return { text, values: [...toArrays(patchColumns, patches), ids, numberArray(patches.map(maskOf))] };
}

function maskOf(patch: Omit<RunPatch, "id">): number {
  return patchColumns.keys.reduce(
    (mask, key, bit) => (patch[key] === undefined ? mask : mask | (1 << bit)),
    0,
  );
}
