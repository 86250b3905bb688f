import { type SizeLimits, sizeLimits } from "@stepfast/server";
import { InvalidArgumentError } from "commander";
import type { Flag } from "./flag.ts";

const units: Record<string, number> = { "": 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function numberOf(text: string): number {
  const [, digits = "", unit = ""] = /^(\d+)(KiB|MiB|GiB)?$/.exec(text.trim()) ?? [];
  if (digits === "") throw new InvalidArgumentError(`"${text}" is no number such as 5000 or 64MiB.`);
  return Number(digits) * (units[unit] ?? 1);
}

/** `stepOutputBytes=64MiB,stepsPerRun=5000` */
function sizes(text: string): Partial<SizeLimits> {
  const given = text.split(",").map((part) => {
    const [name = "", value = ""] = part.split("=", 2);
    return [name.trim(), numberOf(value)];
  });
  const limits: Partial<SizeLimits> = Object.fromEntries(given);
  try {
    sizeLimits(limits);
  } catch (error) {
    throw new InvalidArgumentError(`${error instanceof Error ? error.message : error}.`);
  }
  return limits;
}

export const sizesFlag: Flag<Partial<SizeLimits>> = {
  flags: "--limits <list>",
  description: "how much steps and runs may hold: stepOutputBytes=64MiB,stepsPerRun=5000",
  env: "LIMITS",
  parse: sizes,
  fallback: {},
  join: (before, next) => ({ ...before, ...next }),
};
