import { z } from "zod";
import { time } from "./values.ts";

const figures = {
  runCount: z.int(),
  failedRunCount: z.int(),
  failureRate: z.number().describe("From 0 to 1, of runs that have ended."),
  lastActiveAt: time.describe("When the newest of its runs was queued."),
};

export const sessionKey = z
  .object({ key: z.string(), sessionCount: z.int(), ...figures })
  .meta({ id: "SessionKey" });

export const session = z
  .object({ id: z.string(), ...figures, functions: z.array(z.string()) })
  .meta({ id: "Session" });
