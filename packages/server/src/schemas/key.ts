import { z } from "zod";
import { time, timeOrNull } from "./values.ts";

/**
 * What a key opens. `send`: sending events; `read`: all that only reads; `write`: what changes runs and apps, and what
 * `send` opens; `admin`: keys and webhooks.
 */
export const scopes = ["send", "read", "write", "admin"] as const;
export type Scope = (typeof scopes)[number];

export const newKey = z
  .object({
    name: z.string().trim().min(1).max(100),
    scopes: z.array(z.enum(scopes)).min(1).describe("What the key opens."),
  })
  .meta({ id: "NewKey" });

export const key = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(scopes)),
    hint: z.string().describe("The key's last letters."),
    createdAt: time,
    revokedAt: timeOrNull,
  })
  .meta({ id: "Key" });

export const createdKey = key
  .extend({ key: z.string().describe("The key itself: it is not shown again.") })
  .meta({ id: "CreatedKey" });

/** A key as the original's lists have them (SERVER §4.4). */
export const listedKey = z
  .object({
    id: z.string(),
    name: z.string(),
    environment: z.string(),
    key: z.string().describe("Masked."),
    createdAt: timeOrNull.describe("Null for keys the server was started with."),
  })
  .meta({ id: "ListedKey" });
