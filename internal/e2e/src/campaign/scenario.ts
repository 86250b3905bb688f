import type { HasInline, JsonObject } from "@stepfast/protocol";
import type { Dice } from "./dice.ts";

/** How a run must end. */
export interface Outcome {
  status: "COMPLETED" | "FAILED" | "CANCELLED";
  /** Completed: the steps whose results the output holds, by name. */
  seen?: string[];
  /** Failed: the step whose last failure is the run's. Default: not a step's. */
  failedBy?: string;
  /** How many runs of each function it invoked or deferred. */
  children?: Record<string, number>;
}

/** Functions under test, and what must become of the events that start them. */
export interface Scenario {
  /** The event the driver sends. */
  event: string;
  /** Its data, beside `key`. */
  data(dice: Dice): JsonObject;
  functions: HasInline[];
  /** Slugs of the functions an event starts, by its name. */
  starts: Record<string, string[]>;
  /** By slug: steps that are all recorded before one of the next list begins. */
  order: Record<string, string[][]>;
  /** By slug: how many of its runs may be at work at once. Default: any number. */
  lanes?: Record<string, number>;
  /** By slug: steps that are undone if the run does not succeed. Default: none. */
  undoes?: Record<string, string[]>;
  /** By slug; `data` is the triggering event's. More than one: whichever came first. */
  outcomes: Record<string, (data: JsonObject) => Outcome | Outcome[]>;
}
