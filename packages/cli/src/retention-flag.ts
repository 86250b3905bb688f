import { parseDuration } from "@stepfast/protocol";
import type { RetentionPolicy } from "@stepfast/server";
import { InvalidArgumentError } from "commander";
import { type Flag, text } from "./flag.ts";

const statuses = ["completed", "failed", "cancelled", "skipped"] as const;
type Status = (typeof statuses)[number];

function isStatus(name: string): name is Status {
  return (statuses as readonly string[]).includes(name);
}

/** `30d`, `off`, or for some ends another time: `30d,failed=90d,completed=off`. */
function retention(value: string): RetentionPolicy {
  const policy: RetentionPolicy = { keepMs: 30 * 86_400_000, byStatus: {} };
  for (const part of text(value).split(",")) {
    const [name = "", time] = part.includes("=") ? part.split("=", 2) : ["", part];
    const keepMs = keepOf(time ?? "");
    if (name === "") policy.keepMs = keepMs;
    else if (isStatus(name.trim())) policy.byStatus = { ...policy.byStatus, [name.trim()]: keepMs };
    else throw new InvalidArgumentError(`"${name}" is no end of a run: ${statuses.join(", ")}.`);
  }
  return policy;
}

function isBare(time: string): boolean {
  return /^[\d.\s]*$/.test(time);
}

function keepOf(time: string): number | null {
  if (time.trim() === "off") return null;
  // A number alone would be milliseconds, and all that ended before them gone.
  const ms = isBare(time) ? undefined : parseDuration(time.trim());
  if (ms !== undefined && ms > 0) return ms;
  throw new InvalidArgumentError('It must be a time such as 30d, "off", or 30d,failed=90d,completed=off.');
}

export const retentionFlag: Flag<RetentionPolicy> = {
  flags: "--retention <time>",
  description:
    "how long runs are kept after their end, and events; off: for ever; for some ends: 30d,failed=90d",
  env: "RETENTION",
  parse: (value) => retention(String(value)),
  fallback: { keepMs: 30 * 86_400_000, byStatus: {} },
  shownFallback: "30d",
};
