import { StepfastError } from "./error.ts";

const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_557_600_000,
};

const UNIT_NAMES: Record<string, string> = {
  msec: "ms",
  msecs: "ms",
  millisecond: "ms",
  milliseconds: "ms",
  sec: "s",
  secs: "s",
  second: "s",
  seconds: "s",
  min: "m",
  mins: "m",
  minute: "m",
  minutes: "m",
  hr: "h",
  hrs: "h",
  hour: "h",
  hours: "h",
  day: "d",
  days: "d",
  week: "w",
  weeks: "w",
  yr: "y",
  yrs: "y",
  year: "y",
  years: "y",
};

const PART = /(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy;
const MAX_TEXT = 100;

/**
 * Milliseconds of a duration text: one or more of number + unit ("30s", "2 days", "1h30m", "1d 12h"), or a bare
 * number of milliseconds. `undefined` if the text is none.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "" || trimmed.length > MAX_TEXT) return undefined;
  if (/^\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed);
  let totalMs = 0;
  let position = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(trimmed); part; part = PART.exec(trimmed)) {
    const unit = part[2] ?? "";
    const unitMs = UNIT_MS[UNIT_NAMES[unit] ?? unit];
    if (unitMs === undefined) return undefined;
    totalMs += Number(part[1]) * unitMs;
    position = PART.lastIndex;
  }
  return position === trimmed.length ? totalMs : undefined;
}

/** Milliseconds of a duration given as text or as a number of milliseconds. Throws `invalid_duration`. */
export function durationMs(value: string | number): number {
  const ms = typeof value === "number" ? value : parseDuration(value);
  if (ms === undefined || !Number.isFinite(ms) || ms < 0) {
    throw new StepfastError(
      "invalid_duration",
      `"${value}" is not a duration: write a number of milliseconds or a text such as "30s", "2 days" or "1h30m"`,
    );
  }
  return ms;
}

const WIRE_UNITS: [string, number][] = [
  ["w", 604_800_000],
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1_000],
  ["ms", 1],
];

/** A duration as it is written on the wire: largest unit first ("1w2d", "1h30m", "1s500ms"); "0s" for none. */
export function formatDuration(ms: number): string {
  let rest = Math.floor(ms);
  let text = "";
  for (const [unit, unitMs] of WIRE_UNITS) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text === "" ? "0s" : text;
}

/**
 * When a wait ends: `text` is a duration from `nowMs`, or an ISO time. An empty text means now. `undefined` if the
 * text is neither.
 */
export function parseDueTime(text: string, nowMs: number): number | undefined {
  if (text.trim() === "") return nowMs;
  const ms = parseDuration(text);
  if (ms !== undefined) return nowMs + ms;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
