import { answerBytes, type EngineContract, type Log } from "@stepfast/engine";
import { type Op, type OpCode, StepfastError } from "@stepfast/protocol";
import { isRecord } from "../http/body.ts";
import { parseOps } from "./ops.ts";

/** Ops an SDK may report while its call goes on; any other ends the call (PROTOCOL §7). */
const checkpointable = new Set<OpCode>(["StepRun", "StepPlanned", "DeferAdd", "DeferAbort"]);

/** A checkpoint as it was sent (PROTOCOL §7). */
export interface SentCheckpoint {
  runId: string;
  body: Record<string, unknown>;
  /** How long the body was, if that is known: of a short one no result can be too large. */
  bytes: number;
}

/** What the body of a checkpoint may be long. */
export function checkpointBytes({ sizes }: EngineContract): number {
  return answerBytes(sizes);
}

/**
 * Takes in steps that finished inside a call that goes on. Resolves with their number once they are durable. Throws
 * `stale_dispatch`, `invalid_request`, `output_too_large`, `step_limit`.
 */
export async function takeCheckpoint(engine: EngineContract, sent: SentCheckpoint): Promise<number> {
  const { runId, body } = sent;
  const ops = checkpointOps(body.steps);
  if (sent.bytes > engine.sizes.stepOutputBytes) checkSizes(ops, engine.sizes.stepOutputBytes);
  const params: Parameters<EngineContract["checkpoint"]>[0] = { runId, ops };
  if (typeof body.request_id === "string" && body.request_id !== "") params.requestId = body.request_id;
  if (typeof body.generation_id === "number") params.generation = body.generation_id;
  await engine.checkpoint(params);
  return ops.length;
}

/** What became of a checkpoint, where an answer tells of it beside others. */
export interface CheckpointAnswer {
  /** As over HTTP; 0: the run is at another node, which `POST /v1/checkpoint/{run}/async` finds. */
  status: number;
  error?: string;
}

export interface CheckpointDeps {
  engine: EngineContract;
  log: Log;
  /** Hands it to the node that has the run by now. */
  forward?: (node: string, sent: SentCheckpoint) => Promise<CheckpointAnswer>;
}

/** As {@link takeCheckpoint}, with whatever becomes of it in the answer. */
export async function answerCheckpoint(
  deps: CheckpointDeps,
  { runId, body, bytes }: { runId: string; body: unknown; bytes: number },
): Promise<CheckpointAnswer> {
  try {
    if (!isRecord(body)) throw new StepfastError("invalid_request", "A checkpoint must be a JSON object");
    return await takeOrForward(deps, { runId, body, bytes });
  } catch (error) {
    if (StepfastError.is(error) && error.code !== "internal") {
      return { status: error.status, error: error.message };
    }
    deps.log.error("A checkpoint could not be taken in", { runId, error: String(error) });
    return { status: 500, error: "internal: the server's log tells why" };
  }
}

async function takeOrForward(deps: CheckpointDeps, sent: SentCheckpoint): Promise<CheckpointAnswer> {
  const { engine, forward } = deps;
  try {
    await takeCheckpoint(engine, sent);
    return { status: 204 };
  } catch (error) {
    const isStale = StepfastError.is(error) && error.code === "stale_dispatch";
    const node = isStale ? await engine.nodeOf(sent.runId) : null;
    if (node === null) throw error;
    return forward ? await forward(node, sent) : { status: 0 };
  }
}

function checkpointOps(value: unknown): Op[] {
  const ops = parseOps(value);
  const wrong = ops.find((op) => !checkpointable.has(op.op));
  if (!wrong) return ops;
  throw new StepfastError("invalid_request", `${wrong.op} cannot be checkpointed: end the call with it`);
}

/** A result that cannot be kept is refused before the function goes on with it (PROTOCOL §7). */
function checkSizes(ops: Op[], maxBytes: number): void {
  const large = ops.find(({ data }) => JSON.stringify({ data: data ?? null }).length > maxBytes);
  if (!large) return;
  const name = large.displayName ?? large.name ?? large.id;
  throw new StepfastError("output_too_large", `The result of step "${name}" is over ${maxBytes} bytes`);
}
