import { StepfastError } from "@stepfast/protocol";
import type { RunPatch, RunRow, RunStatus } from "@stepfast/store";
import { columns, patchColumns, runColumns } from "../columns.ts";
import { numberArray, textArray } from "../connection/arrays.ts";
import type { SqlRow, Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";
import { insertBatchEvents } from "./batch-events.ts";
import type { Book } from "./book.ts";
import type { HeldRuns } from "./held-runs.ts";
import { idStatements, type RowSource, rowStatements } from "./row-statements.ts";

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

  reads(layout: Layout): Query[] {
    const text = (is: string) => `SELECT id, status, owner, epoch, wake_at, gate FROM ${layout.schema}.runs
      WHERE id ${is} ORDER BY id FOR UPDATE`;
    const take = ({ rows }: { rows: SqlRow[] }) => {
      for (const row of rows) this.#load(row);
    };
    return idStatements(layout, this.#wanted, text).map((statement) => ({ ...statement, take }));
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
  expects({ schema, profile }: Layout): Query[] {
    const heads = [...this.#heads.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    if (profile.isDistributed || heads.length === 1) return heads.map((head) => expectsOne(schema, head));
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
    return [{ text, values: [ids, owners, epochs, wakes, heads.length] }];
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
    if (columns.epoch !== undefined) head.epoch = columns.epoch;
    if (columns.wakeAt !== undefined) head.wakeAt = columns.wakeAt;
    if (columns.gate !== undefined) head.gate = columns.gate;
  }

  /** The run wants to be claimed by then. */
  wake(head: Head, at: number): void {
    if (head.wakeAt === null || at < head.wakeAt) this.patch({ id: head.id, wakeAt: at });
  }

  writes(layout: Layout): Statement[] {
    const heads = [...this.#heads.values()];
    const made = heads.flatMap(({ row }) => (row === null ? [] : [row]));
    const patched = heads.flatMap(({ id, patch }) =>
      patch === null || Object.keys(patch).length === 0 ? [] : [{ ...patch, id, mask: maskOf(patch) }],
    );
    const into = `INSERT INTO ${layout.schema}.runs (${runColumns.sql})`;
    return [
      ...rowStatements(layout, runColumns, made, ({ rows }) => `${into} ${rows}`),
      ...insertBatchEvents(layout, made),
      ...rowStatements(layout, maskedColumns, patched as MaskedPatch[], (source) =>
        updateText(layout.schema, source),
      ),
    ];
  }
}

/** The same for a single run: it costs the server a tenth. */
function expectsOne(schema: string, { id, owner, epoch, wakeAt }: Head): Query {
  const text = `SELECT 1 / (count(*) FILTER (WHERE owner = $2 AND epoch = $3::float8
      AND wake_at IS NOT DISTINCT FROM $4::float8 AND status IN ('queued', 'running')))::int
    FROM (SELECT owner, epoch, wake_at, status FROM ${schema}.runs WHERE id = $1 FOR UPDATE) AS found`;
  return { text, values: [id, owner, epoch, wakeAt] };
}

/** A patch; its mask says which columns it changes. */
type MaskedPatch = Required<RunPatch> & { mask: number };

const { keys: patchKeys, types: patchTypes } = patchColumns;
const maskedColumns = columns<MaskedPatch>({
  ...(Object.fromEntries(patchKeys.map((key, i) => [key, patchTypes[i]])) as Record<
    Exclude<keyof RunPatch, "id">,
    "text" | "number"
  >),
  id: "text",
  mask: "number",
});
const integers = new Set(["attempt", "request_version"]);

function updateText(schema: string, { from, value }: RowSource): string {
  const sets = patchColumns.names.map((name, bit) => {
    const given = integers.has(name) ? `${value(name)}::int` : value(name);
    return `${name} = CASE WHEN (${value("mask")}::int & ${1 << bit}) <> 0 THEN ${given} ELSE r.${name} END`;
  });
  return `UPDATE ${schema}.runs r SET ${sets.join(", ")} ${from("FROM")} WHERE r.id = ${value("id")}`;
}

function maskOf(patch: Omit<RunPatch, "id">): number {
  return patchColumns.keys.reduce(
    (mask, key, bit) => (patch[key] === undefined ? mask : mask | (1 << bit)),
    0,
  );
}
