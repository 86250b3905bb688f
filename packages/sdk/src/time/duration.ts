import { durationMs, formatDuration, StepfastError } from "@stepfast/protocol";

/** A duration as text: "30s", "2 days", "1h30m". */
export type TimeStr = string;

/** Anything shaped like `Temporal.Duration`. */
export interface DurationLike {
  readonly years?: number;
  readonly months?: number;
  readonly weeks?: number;
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
  readonly milliseconds?: number;
  readonly [Symbol.toStringTag]?: string;
}

/** Anything shaped like `Temporal.Instant` or `Temporal.ZonedDateTime`. */
export interface InstantLike {
  readonly epochMilliseconds: number;
}

/** Anything shaped like `Temporal.ZonedDateTime`. */
export type ZonedDateTimeLike = InstantLike;

/** A duration: milliseconds, text, or a `Temporal.Duration`. */
export type DurationInput = number | TimeStr | DurationLike;

/** A moment: a date, ISO text, or a Temporal instant. */
export type MomentInput = Date | string | InstantLike;

const DAY_MS = 86_400_000;
const FIELD_MS: [keyof DurationLike, number][] = [
  ["years", 365.25 * DAY_MS],
  ["months", 30 * DAY_MS],
  ["weeks", 7 * DAY_MS],
  ["days", DAY_MS],
  ["hours", 3_600_000],
  ["minutes", 60_000],
  ["seconds", 1_000],
  ["milliseconds", 1],
];

function durationLikeMs(value: DurationLike): number | undefined {
  let totalMs: number | undefined;
  for (const [field, unitMs] of FIELD_MS) {
    const count = value[field];
    if (typeof count === "number") totalMs = (totalMs ?? 0) + count * unitMs;
  }
  return totalMs;
}

/** Milliseconds of a duration. Compound text ("1h30m") is read too. Throws `invalid_duration`. */
export function durationToMs(value: DurationInput): number {
  if (typeof value === "number" || typeof value === "string") return durationMs(value);
  const ms = typeof value === "object" && value !== null ? durationLikeMs(value) : undefined;
  if (ms === undefined) throw invalidDuration(value);
  return durationMs(ms);
}

function invalidDuration(value: unknown): StepfastError {
  return new StepfastError(
    "invalid_duration",
    `${describe(value)} is not a duration: give milliseconds, text such as "30s", "2 days" or "1h30m", or a Temporal.Duration`,
  );
}

function describe(value: unknown): string {
  return typeof value === "object" ? (JSON.stringify(value) ?? "an object") : String(value);
}

/**
 * A duration as it goes on the wire; never the empty text, which would mean "at once". Fewer milliseconds than none, as
 * of a moment that has passed, are none.
 */
export function durationText(value: DurationInput): string {
  return formatDuration(remainingMs(value));
}

/** Milliseconds of a duration that may be what is left until a moment: 0 where that has passed. */
export function remainingMs(value: DurationInput): number {
  return typeof value === "number" && value < 0 ? 0 : durationToMs(value);
}

function isInstantLike(value: unknown): value is InstantLike {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as InstantLike).epochMilliseconds === "number"
  );
}

function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}

/** A moment as ISO text. Throws `invalid_duration` if it is none. */
export function momentText(value: MomentInput): string {
  const ms = isDate(value)
    ? value.getTime()
    : isInstantLike(value)
      ? value.epochMilliseconds
      : Date.parse(String(value));
  if (typeof ms !== "number" || Number.isNaN(ms) || Math.abs(ms) > 8.64e15) {
    throw new StepfastError(
      "invalid_duration",
      `${describe(value)} is not a point in time: give a Date, an ISO 8601 text or a Temporal.Instant`,
    );
  }
  return new Date(ms).toISOString();
}

/** A timeout, given as a duration or as a moment, in wire form. */
export function timeoutText(value: DurationInput | MomentInput): string {
  if (isDate(value) || isInstantLike(value)) return momentText(value);
  if (typeof value === "string" && /^\d{4}-\d{2}-/.test(value)) return momentText(value);
  return durationText(value as DurationInput);
}
