import { StepfastError } from "@stepfast/protocol";
import type { Conflict } from "@stepfast/store";

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;
const FORM = /^refused (\d{1,9}) (\d{1,16}) (.*)$/;

/** A run came to nothing again: a write of it was refused or failed, or it could not be read. Kept as what blocks it. */
export interface Refusal {
  /** In a row, without a result of a step recorded in between. */
  tries: number;
  /** Not to be tried before, in ms since the epoch. */
  notBefore: number;
  /** In a few words, without anything of the run's data. */
  cause: string;
}

/** The first try after a refusal comes at once: most are a race with another node. Then 1 s, twice that, up to a minute. */
export function nextRefusal(triesBefore: number, cause: string, now: number): Refusal {
  const delay = triesBefore === 0 ? 0 : FIRST_DELAY_MS * 2 ** Math.min(triesBefore - 1, 16);
  return { tries: triesBefore + 1, notBefore: now + Math.min(delay, LONGEST_DELAY_MS), cause };
}

/** As `RunRow.blocked`: there any node finds it that claims the run. */
export function blockedBy({ tries, notBefore, cause }: Refusal): string {
  return `refused ${tries} ${notBefore} ${cause}`;
}

export function refusalOf(blocked: string | null): Refusal | null {
  const [, tries, notBefore, cause = ""] = (blocked && FORM.exec(blocked)) || [];
  return tries === undefined ? null : { tries: Number(tries), notBefore: Number(notBefore), cause };
}

/** How long the run is still to be left alone: it may be claimed before its time, for a cancellation. */
export function restMs(blocked: string | null, now: number): number {
  const refusal = refusalOf(blocked);
  // The clock may have been set back since.
  return refusal ? Math.min(Math.max(0, refusal.notBefore - now), LONGEST_DELAY_MS) : 0;
}

export function conflictCause(conflict: Conflict): string {
  return conflict.kind === "guard" ? `guard "${conflict.guard.kind}"` : `conflict "${conflict.kind}"`;
}

/** The error's code: its message may hold data. */
export function errorCause(error: unknown): string {
  if (StepfastError.is(error)) return `error "${error.code}"`;
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const word = [code, name].find((text) => typeof text === "string" && /^\w{1,60}$/.test(text));
  return `error "${word ?? "unknown"}"`;
}
