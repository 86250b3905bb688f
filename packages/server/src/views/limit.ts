import type { Blocker, FunctionLimits, HeldEventView, Queue } from "@stepfast/engine";
import { scheduleState } from "@stepfast/engine";
import type { GateRow } from "@stepfast/store";
import type { z } from "zod";
import type { blocker, functionLimits, hold, queue, schedule } from "../schemas/limit.ts";
import { isoText, isoTime, parsed } from "./envelope.ts";

export function limitsView({ limits, version, changes }: FunctionLimits): z.input<typeof functionLimits> {
  return {
    limits,
    version,
    changes: changes.map(({ at, by, limit, key, to }) => ({
      at: isoText(at),
      by: by ?? null,
      limit,
      key: parsed(key),
      to,
    })),
  };
}

export function queueView({ gate, kind, functionId, key, ...rest }: Queue): z.input<typeof queue> {
  const { waiting, held, limit, first } = rest;
  return {
    gate,
    kind,
    functionId,
    key: keyValue(key),
    waiting,
    held,
    limit,
    oldest: first && { ...first, queuedAt: isoText(first.queuedAt) },
  };
}

/** Of a value that is too long only the digest is known. */
function keyValue(key: string): unknown {
  if (key === "") return null;
  try {
    return JSON.parse(key);
  } catch {
    return key;
  }
}

export function blockerView(found: Blocker): z.input<typeof blocker> {
  return { ...found, until: isoTime(found.until) };
}

export function holdView(held: HeldEventView): z.input<typeof hold> {
  return { ...held, until: isoTime(held.until) };
}

export function scheduleView(gate: GateRow): z.input<typeof schedule> {
  const { cron, timeZone, jitterMs, catchUp, nextTick, lastTick, missed } = scheduleState(gate);
  const ticks = { nextTick: isoTime(nextTick), lastTick: isoTime(lastTick) };
  return { cron, timeZone, jitterMs, catchUp, ...ticks, missed };
}
