import { z } from "zod";
import { timeOrNull } from "./values.ts";

export const environment = z
  .object({
    id: z.string(),
    name: z.string(),
    type: z.enum(["PRODUCTION", "TEST"]),
    createdAt: timeOrNull,
    isArchived: z.boolean(),
  })
  .meta({ id: "Environment" });

export const account = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.null(),
    createdAt: timeOrNull,
    updatedAt: timeOrNull,
  })
  .meta({ id: "Account" });
