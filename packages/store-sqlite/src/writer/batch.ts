import { StepfastError } from "@stepfast/protocol";
import { type Reply, type Request, requestKinds } from "../message.ts";
import { applyChangeSet } from "./apply.ts";
import { Cursor } from "./cursor.ts";
import { deleteDocument, putDocument } from "./documents.ts";
import { prune } from "./prune.ts";
import { deleteApp, putApp, setFunction } from "./registry.ts";
import { claim, endSession, heartbeat, reclaim, unblock } from "./sessions.ts";
import type { WriterState } from "./state.ts";

const carryOut: Record<number, (state: WriterState, from: Cursor) => Reply> = {
  [requestKinds.commit]: applyChangeSet,
  [requestKinds.heartbeat]: heartbeat,
  [requestKinds.reclaim]: reclaim,
  [requestKinds.endSession]: endSession,
  [requestKinds.claim]: claim,
  [requestKinds.unblock]: unblock,
  [requestKinds.putApp]: putApp,
  [requestKinds.deleteApp]: deleteApp,
  [requestKinds.setFunction]: setFunction,
  [requestKinds.prune]: prune,
  [requestKinds.putDocument]: putDocument,
  [requestKinds.deleteDocument]: deleteDocument,
};

/** A request was refused after it had written something, and there is no savepoint to go back to. */
const needsSavepoints = Symbol("needs savepoints");

/**
 * Carries a batch out in one transaction; when it returns, the batch is durable. Refusals come before a request's first
 * write almost always, so savepoints are only set when the batch turned out to need them.
 */
export function runBatch(state: WriterState, batch: Request[]): Reply[] {
  const replies = attempt(state, batch, false);
  if (replies !== needsSavepoints) return replies;
  const again = attempt(state, batch, true);
  if (again === needsSavepoints) throw new StepfastError("internal", "A savepoint did not hold.");
  return again;
}

function attempt(
  state: WriterState,
  batch: Request[],
  savepoints: boolean,
): Reply[] | typeof needsSavepoints {
  const replies: Reply[] = [];
  try {
    state.sql("BEGIN IMMEDIATE").run();
    for (const request of batch) {
      const reply = savepoints ? withSavepoint(state, request) : respond(state, request);
      if (!savepoints && state.isDirty && isRefusal(reply)) {
        rollback(state);
        return needsSavepoints;
      }
      replies.push(reply);
    }
    state.sql("COMMIT").run();
    return replies;
  } catch (error) {
    rollback(state);
    throw error;
  }
}

function respond(state: WriterState, request: Request): Reply {
  state.isDirty = false;
  const from = new Cursor(request);
  try {
    const reply = carryOut[from.number()]?.(state, from);
    if (reply === undefined)
      throw new StepfastError("internal", "The writer got a request it does not know.");
    return reply;
  } catch (error) {
    if (StepfastError.is(error)) return { error: error.code, message: error.message };
    throw error;
  }
}

function isRefusal(reply: Reply): boolean {
  return reply !== null && ("conflict" in reply || "error" in reply);
}

function withSavepoint(state: WriterState, request: Request): Reply {
  state.sql("SAVEPOINT request").run();
  const reply = respond(state, request);
  if (isRefusal(reply)) {
    state.sql("ROLLBACK TO request").run();
    state.forget();
  }
  state.sql("RELEASE request").run();
  return reply;
}

function rollback(state: WriterState): void {
  state.forget();
  try {
    state.sql("ROLLBACK").run();
  } catch {
    // SQLite has rolled back by itself after some errors: then there is no transaction any more.
  }
}
