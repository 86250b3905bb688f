import { Cron } from "croner";

/** Of which a schedule's times are found: no year in it is special. */
const ANY_DAY = Date.UTC(2024, 0, 1);

/**
 * A cron expression: five fields, six with seconds first, or a name such as `@daily`; in the time zone of its prefix `TZ=` or
 * `CRON_TZ=`, else in UTC. A local time that the clocks skip comes at the end of the gap, one that they repeat comes once; what
 * comes every so often goes on through both.
 */
export class CronExpression {
  readonly text: string;
  readonly timeZone: string;
  readonly #cron: Cron;

  /** Throws an Error that says what is wrong. */
  constructor(text: string) {
    const { zone, fields } = splitZone(text);
    this.text = text;
    this.timeZone = zone;
    this.#cron = parse(fields, zone);
    if (this.after(ANY_DAY) === null) throw new Error(`"${text}" never comes: there is no such day`);
  }

  /** The first time after that one; null: there is none. */
  after(time: number): number | null {
    return this.#cron.nextRun(new Date(time))?.getTime() ?? null;
  }

  /** The last `count` times up to that one and with it, the earliest first. */
  lastUntil(time: number, count: number): number[] {
    const dates = this.#cron.previousRuns(count, new Date(time + 1));
    return dates.map((date) => date.getTime()).reverse();
  }
}

const MAX_KNOWN = 2_000;
const known = new Map<string, CronExpression>();

/** The expression that a text stands for: made once, configurations are read again and again. Throws as the constructor does. */
export function cronExpression(text: string): CronExpression {
  const found = known.get(text) ?? new CronExpression(text);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(text, found);
  return found;
}

function splitZone(text: string): { zone: string; fields: string } {
  const trimmed = text.trim();
  const prefix = /^(?:CRON_)?TZ=(\S+)\s+/.exec(trimmed);
  if (!prefix) {
    if (/^(?:CRON_)?TZ=/.test(trimmed)) throw new Error(`"${text}" has a time zone and no schedule`);
    return { zone: "UTC", fields: trimmed };
  }
  const zone = prefix[1] ?? "";
  if (!isTimeZone(zone)) throw new Error(`"${zone}" is not a time zone such as "Europe/Rome"`);
  return { zone, fields: trimmed.slice(prefix[0].length) };
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function parse(fields: string, timezone: string): Cron {
  const count = fields.split(/\s+/).length;
  if (!fields.startsWith("@") && count !== 5 && count !== 6) {
    throw new Error(
      `"${fields}" must have five fields, as in "0 9 * * 1", or six with seconds first, or be a name such as "@daily"`,
    );
  }
  try {
    return new Cron(fields, { timezone, paused: true, mode: "5-or-6-parts", fixedTimeRule: "no-wildcard" });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^Cron\w+: /, "") : String(cause);
    throw new Error(`"${fields}" is not a cron expression: ${reason}`, { cause });
  }
}
