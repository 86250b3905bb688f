import type { SqlRow } from "../connection/pipeline.ts";

type Stage = "runs" | "events" | "keys";

/** So many rows that came too late to be due, one after the other: what came after them came later still. */
const MAX_LATE = 10_000;

/** How far pruning has come: tables are read in order of id, which is about that of time. */
export class PrunePlace {
  readonly stage: Stage;
  /** The last id that was looked at. */
  readonly after: string;
  /** How many of the last rows came too late to be due. */
  readonly late: number;

  private constructor(stage: Stage, after: string, late: number) {
    this.stage = stage;
    this.after = after;
    this.late = late;
  }

  static at(stage: Stage): PrunePlace {
    return new PrunePlace(stage, "", 0);
  }

  static parse(cursor: string | undefined): PrunePlace {
    if (cursor === undefined) return PrunePlace.at("runs");
    const [stage, after, late] = JSON.parse(cursor) as [Stage, string, number];
    return new PrunePlace(stage, after, late);
  }

  get cursor(): string {
    return JSON.stringify([this.stage, this.after, this.late]);
  }

  get isLate(): boolean {
    return this.late >= MAX_LATE;
  }

  /** After these rows, of an id and a time each. */
  past(rows: SqlRow[], before: number): PrunePlace {
    let { after, late } = this;
    for (const [id, time] of rows) {
      after = String(id);
      late = Number(time) < before ? 0 : late + 1;
    }
    return new PrunePlace(this.stage, after, late);
  }
}
