import { type JsonObject, limits, type OpMetadata, StepfastError } from "@stepfast/protocol";
import type { Inngest } from "../client/client.ts";
import { wantedRun } from "../execution/ambient.ts";
import { wantedBody } from "../execution/nesting.ts";
import type { Untyped } from "../types/untyped.ts";
import { sendNotes } from "./send-notes.ts";
import { type Here, type MetadataConfig, ridesAlong, targetOf } from "./target.ts";

export interface Note {
  kind: string;
  values: Readonly<Record<string, unknown>>;
  op: OpMetadata["op"];
  /** Adds members to what this step has noted under the kind before. */
  merges?: boolean;
}

const MAX_KIND_LENGTH = 256;

/**
 * Notes something: with the result of the step that is running, or at once by the API. Rejects if that could not be done,
 * with `invalid_request` for what is no note, and with `metadata_too_large` above 64 KiB.
 */
export async function note(client: Inngest<Untyped>, config: MetadataConfig, given: Note): Promise<void> {
  const { kind, op } = given;
  const values = plainValues(given);
  const here = whereCodeIs();
  const target = targetOf(config, here);
  if (here.step && ridesAlong(config, here)) {
    const scope = config.stepId === undefined && config.runId !== undefined ? "run" : "step";
    if (here.step.note({ kind, scope, op, values }, given.merges ?? op === "merge")) return;
  }
  if (here.runId && !here.step && kind.startsWith("userland."))
    client.internalLogger.warn(
      "Metadata set outside a step is set again by every replay: use step.metadata, or set it within a step",
    );
  await sendNotes(client, target, [{ kind, op, values }]);
}

function whereCodeIs(): Here {
  const run = wantedRun();
  const body = wantedBody();
  const call = (body?.replay ?? run?.replay)?.call;
  const attempt = body ? body.step.attempt : call?.attempt;
  return { runId: call?.request.ctx.run_id, step: body?.step, attempt };
}

/** A copy, as JSON has it. */
function plainValues({ kind, values }: Note): JsonObject {
  if (kind.length > MAX_KIND_LENGTH)
    throw new StepfastError(
      "invalid_request",
      `A kind of metadata has no more than ${MAX_KIND_LENGTH} characters`,
    );
  if (typeof values !== "object" || values === null || Array.isArray(values))
    throw new StepfastError("invalid_request", "Metadata are an object: set({ name: value })");
  const text = JSON.stringify(values);
  if (new TextEncoder().encode(text).length > limits.metadataBytes)
    throw new StepfastError(
      "metadata_too_large",
      `The metadata of a step may hold ${limits.metadataBytes} bytes: note less`,
    );
  return JSON.parse(text) as JsonObject;
}
