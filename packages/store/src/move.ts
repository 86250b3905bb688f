import type { LargeValueRow } from "./large-value.ts";
import type {
  AppRow,
  AttemptRow,
  DocumentRow,
  EventRow,
  FunctionRow,
  GateRow,
  KeyRow,
  MessageRow,
  MetadataRow,
  RunRow,
  StepRow,
  WaitRow,
} from "./records.ts";

/*
 * Moving everything from one store to another one, which is of another kind. Both drivers show their tables as the plain
 * rows of the contract. Sessions do not move: every run is given up by its owner first.
 */

/** A path that waits on this name have used. */
export interface WaitPathRow {
  name: string;
  path: string;
}

export interface StoredRows {
  apps: AppRow;
  functions: FunctionRow;
  events: EventRow;
  keys: KeyRow;
  runs: RunRow;
  steps: StepRow;
  attempts: AttemptRow;
  metadata: MetadataRow;
  waits: WaitRow;
  waitPaths: WaitPathRow;
  messages: MessageRow;
  gates: GateRow;
  documents: DocumentRow;
  largeValues: LargeValueRow;
}

export type StoredTable = keyof StoredRows;

/** All that moves. */
export const storedTables = [
  "apps",
  "functions",
  "events",
  "keys",
  "runs",
  "steps",
  "attempts",
  "metadata",
  "waits",
  "waitPaths",
  "messages",
  "gates",
  "documents",
  "largeValues",
] as const satisfies readonly StoredTable[];

/** Tables whose rows have an order of arrival that counts. */
export const orderedTables: ReadonlySet<StoredTable> = new Set(["attempts", "metadata", "waits", "messages"]);

/** Some rows of a table, and the place after the last of them. */
export interface RowPage<Row> {
  rows: Row[];
  cursor: string;
}

/**
 * `copying`: whoever opens the source as a store ends the move. `finishing`: the target may be in use already. `done`:
 * it is. In the last two stages the source cannot be opened as a store: `store_moved`.
 */
export type MoveStage = "copying" | "finishing" | "done";

/** What is moved. It stays locked, and as it is, until it is closed. */
export interface MoveSource {
  /** Of this move. It stays the same when a move is taken up again, unless the source was in use in between. */
  readonly moveId: string;
  readonly name: string;
  readonly stage: MoveStage;
  count(table: StoredTable): Promise<number>;
  /** The table in order of arrival, in pages of a few MiB; from a cursor on, or from the beginning. */
  exportRows<T extends StoredTable>(table: T, after: string | null): AsyncIterable<RowPage<StoredRows[T]>>;
  /** Resolves once it is durable. */
  mark(stage: MoveStage): Promise<void>;
  /** Forgets the move: the source is a store like any other. */
  release(): Promise<void>;
  close(): Promise<void>;
}

/** How far a table has come. */
export interface MoveProgress {
  cursor: string | null;
  rows: number;
}

/** Where to. Nobody sees what was moved before the move is finished. */
export interface MoveTarget {
  /**
   * Begins the move or takes it up again. False: it is finished. Throws `invalid_config` if the target is in use or holds
   * runs or events, or if another source is being moved to it.
   */
  begin(move: { moveId: string; source: string }): Promise<boolean>;
  progress(table: StoredTable): Promise<MoveProgress>;
  /** Adds the page and notes its cursor, both or neither. `after`: the cursor before it. */
  importRows<T extends StoredTable>(
    table: T,
    page: RowPage<StoredRows[T]>,
    after: string | null,
  ): Promise<void>;
  /** The row as `exportRows` will give it back. */
  asStored<T extends StoredTable>(table: T, row: StoredRows[T]): StoredRows[T];
  /** What was imported; of tables whose order counts in that order. */
  exportRows<T extends StoredTable>(table: T): AsyncIterable<StoredRows[T][]>;
  /** Puts what was imported in place, at once. Throws `invalid_config` as `begin` does; then nothing was done. */
  finish(): Promise<void>;
  close(): Promise<void>;
}
