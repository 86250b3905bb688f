import { z } from "zod";

/*
 * Query parameters are texts: each field makes a JSON value of its text and checks that. Its error says what is wanted;
 * its schema, as it is told in /openapi.json, is that of the value as it is written in a URL.
 */

/** An optional whole number, or the fallback. */
export function wholeNumber(options: { min: number; max: number; fallback: number; about: string }) {
  const { min, max, fallback } = options;
  const wanted = { error: `a whole number from ${min} to ${max}` };
  const number = z.int(wanted).min(min, wanted).max(max, wanted).default(fallback);
  const fromText = (value: unknown) =>
    typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return z.preprocess(fromText, number).describe(options.about);
}

/** An optional whole number, not below zero. */
export function count(about: string) {
  const wanted = { error: "a whole number" };
  const fromText = (value: unknown) =>
    typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return z.preprocess(fromText, z.int(wanted).min(0, wanted).optional()).describe(about);
}

function timeOf(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const time = /^\d+$/.test(value) ? Number(value) : Date.parse(value);
  return Number.isFinite(new Date(time).getTime()) ? time : value;
}

/** An optional time, in milliseconds since the epoch; in the URL an ISO time or that number. */
export function instant(about: string) {
  const wanted = { error: "an ISO time, such as 2026-01-31T12:00:00Z" };
  const told = { type: "string" as const, format: "date-time", description: about };
  return z.preprocess(timeOf, z.number(wanted).meta(told).optional());
}

/** An optional switch. */
export function flag(about: string) {
  const fromText = (value: unknown) => (value === "true" ? true : value === "false" ? false : value);
  return z.preprocess(fromText, z.boolean({ error: "true or false" }).optional()).describe(about);
}

const plain = (value: string) => value.replaceAll("_", "").toLowerCase();

/** The value that is meant, whatever its case and underscores. */
function meant(value: unknown, values: readonly string[]): unknown {
  if (typeof value !== "string") return value;
  return values.find((candidate) => plain(candidate) === plain(value)) ?? value;
}

/** One of the values, or the fallback. */
export function oneOf<const T extends string>(values: readonly T[], fallback: T, about: string) {
  const schema = z.enum(values, { error: `one of ${values.join(", ")}` }).default(fallback as never);
  return z.preprocess((value) => meant(value, values), schema).describe(about);
}

/** Any of the values; in the URL repeated, or with commas. Empty: none was given. */
export function someOf<const T extends string>(values: readonly T[], about: string) {
  const each = z.enum(values, { error: `one of ${values.join(", ")}` });
  const fromTexts = (given: unknown) =>
    Array.isArray(given) ? given.map((value) => meant(value, values)) : given;
  return z.preprocess(fromTexts, z.array(each).default([])).describe(about);
}

/** Any texts; in the URL repeated, or with commas. */
export function texts(about: string) {
  return z.array(z.string()).default([]).describe(about);
}

/** An optional text. */
export function text(about: string) {
  return z.string().optional().describe(about);
}

/** The two parameters that every list has. */
export function paging(max: number) {
  return {
    limit: wholeNumber({ min: 1, max, fallback: 20, about: "How many at most." }),
    cursor: text("`page.cursor` of the page before."),
  };
}
