import type { ChangeSet, CommitResult } from "@stepfast/store";
import type { Answer, Ask, Statement } from "../connection/pipeline.ts";

/** Something to ask of the database in its place between change-sets. */
export interface Call {
  kind: "call";
  statements: Statement[];
  /** Of the answers to its statements. */
  decode: (answers: Answer[]) => unknown;
  /** Does no harm if it is carried out late, when its answer has been given up: it needs no transaction with a name. */
  isTimeless?: boolean;
}

/** Several statements of which later ones depend on what earlier ones answered. */
export interface Script {
  kind: "script";
  /** Each `ask` is a round trip. What it resolves with is the answer, once the transaction is durable. */
  run: (ask: Ask) => Promise<unknown>;
}

export interface Commit {
  kind: "commit";
  changes: ChangeSet;
}

export type Request = Call | Script | Commit;

export type CommitReply = CommitResult;

/** The change-set as it is now: later changes of its rows are not seen. */
export function commitRequest(changes: ChangeSet): Commit {
  return {
    kind: "commit",
    changes: {
      guards: changes.guards?.map((guard) =>
        guard.kind === "waits" ? { ...guard, keys: [...guard.keys] } : { ...guard },
      ),
      keys: copies(changes.keys),
      events: copies(changes.events),
      newRuns: copies(changes.newRuns),
      steps: copies(changes.steps),
      attempts: copies(changes.attempts),
      metadata: copies(changes.metadata),
      newWaits: copies(changes.newWaits),
      closedWaits: copies(changes.closedWaits),
      endedWaits: changes.endedWaits && [...changes.endedWaits],
      messages: copies(changes.messages),
      consumed: copies(changes.consumed),
      endedMessages: changes.endedMessages && [...changes.endedMessages],
      gates: copies(changes.gates),
      endedGates: changes.endedGates && [...changes.endedGates],
      runs: copies(changes.runs),
    },
  };
}

function copies<Row extends object>(rows: Row[] | undefined): Row[] | undefined {
  return rows?.map((row) => ({ ...row }));
}

/** Roughly how many bytes a request holds. */
export function bytesOf(request: Request): number {
  if (request.kind !== "commit") return 0;
  let bytes = 0;
  for (const rows of Object.values(request.changes)) for (const row of rows ?? []) bytes += bytesOfRow(row);
  return bytes;
}

function bytesOfRow(row: object | string): number {
  let bytes = 0;
  for (const value of Object.values(row)) bytes += typeof value === "string" ? value.length : 8;
  return bytes;
}
