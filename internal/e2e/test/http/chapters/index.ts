import type { Chapter } from "../suite.ts";
import { calling } from "./calling.ts";
import { endings } from "./endings.ts";
import { failures } from "./failures.ts";
import { invoking } from "./invoking.ts";
import { limits } from "./limits.ts";
import { offloading } from "./offloading.ts";
import { sending } from "./sending.ts";
import { steps } from "./steps.ts";
import { waits } from "./waits.ts";

export const chapters: Record<string, Chapter> = {
  steps,
  calling,
  waits,
  invoking,
  failures,
  endings,
  offloading,
  sending,
  limits,
};
