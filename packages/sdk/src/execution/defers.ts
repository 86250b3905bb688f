import { type Json, type Op, StepfastError, sha1Hex } from "@stepfast/protocol";
import type { DeferredFunction } from "../function/deferred.ts";
import { isSchema } from "../function/event-type.ts";
import { isDeferredFunction } from "../function/kinds.ts";
import { describeIssues, validateWith } from "../function/schema.ts";
import type { Defer, DeferHandle, DeferOptions } from "../types/context.ts";
import type { EventSessions } from "../types/event.ts";
import type { Untyped } from "../types/untyped.ts";
import type { Replay } from "./replay.ts";

type AnyDeferOptions = DeferOptions<DeferredFunction<Untyped, Untyped>>;

const noHandle: DeferHandle = { cancel() {}, abort() {} };
const WHENS = new Set(["always", "success", "failure", "cancelled"]);

/** The `defer` of a call (PROTOCOL §5.5). */
export function createDeferTool(replay: Replay, sessions: EventSessions | undefined): Defer {
  const used = new Set<string>();
  return (idOrOptions: unknown, options) => {
    const id = typeof idOrOptions === "string" ? idOrOptions : (idOrOptions as { id: string }).id;
    if (used.has(id)) {
      replay.call.fn.client.internalLogger.warn(
        `defer("${id}") was already called in this run: the second call is ignored`,
      );
      return noHandle;
    }
    const problem = problemOf(id, options as AnyDeferOptions);
    if (problem !== undefined) return refuse(replay, problem);
    used.add(id);
    return schedule(replay, id, options as AnyDeferOptions, sessions);
  };
}

/** Wrong payloads: told at once where a developer is looking, never the end of a run in production. */
function refuse(replay: Replay, problem: string): DeferHandle {
  if (replay.call.isDevelopment) throw new StepfastError("invalid_event", problem);
  replay.call.fn.client.internalLogger.error(`${problem}; nothing was scheduled`);
  return noHandle;
}

function problemOf(id: string, { function: target, data, when }: AnyDeferOptions): string | undefined {
  if (!isDeferredFunction(target)) return `defer("${id}") needs a function made by createDefer`;
  if (when !== undefined && !WHENS.has(when))
    return `defer("${id}"): when must be one of ${[...WHENS].join(", ")}`;
  const schema: unknown = target.schema;
  if (!isSchema(schema)) return undefined;
  const issues = validateWith(schema, data);
  if (issues instanceof Promise) {
    issues.catch(() => {});
    return `defer("${id}"): the schema of "${target.id()}" must be able to validate synchronously`;
  }
  return (
    issues && `defer("${id}"): the data do not fit the schema of "${target.id()}": ${describeIssues(issues)}`
  );
}

function schedule(
  replay: Replay,
  id: string,
  options: AnyDeferOptions,
  sessions: EventSessions | undefined,
): DeferHandle {
  const { hash } = replay.ids.claim(id);
  const slug = options.function.id(options.function.client.id);
  const known = replay.call.request.defers?.[hash];
  if (!known) replay.lazy.add(addOp(hash, id, slug, options, sessions));
  let aborted = known?.abortable === false;
  const abort = (): void => {
    if (aborted) return;
    aborted = true;
    replay.lazy.remove(hash);
    replay.lazy.add(abortOp(hash, id, slug));
  };
  return { cancel: abort, abort };
}

function addOp(
  hash: string,
  id: string,
  slug: string,
  options: AnyDeferOptions,
  sessions: EventSessions | undefined,
): Op {
  const { experiment } = options;
  const data = experiment
    ? { ...(options.data as object), _inngestExperiment: experiment }
    : (options.data ?? {});
  const input = JSON.parse(JSON.stringify(data)) as Json;
  const meta = options.meta ?? (sessions ? { sessions } : undefined);
  const opts: Record<string, unknown> = { fn_slug: slug, input };
  if (meta) opts.meta = meta;
  if (options.when !== undefined) opts.when = options.when;
  const op: Op = { id: hash, op: "DeferAdd", name: id, displayName: id, data: null, userland: { id } };
  op.opts = opts as NonNullable<Op["opts"]>;
  return op;
}

function abortOp(target: string, id: string, slug: string): Op {
  return {
    id: sha1Hex(`${target}:abort`),
    op: "DeferAbort",
    name: id,
    displayName: id,
    opts: { target_hashed_id: target, fn_slug: slug, id },
    data: null,
    userland: { id },
  };
}
