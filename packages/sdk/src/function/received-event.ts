import type { StandardSchemaV1 } from "@standard-schema/spec";
import { systemEvents } from "@stepfast/protocol";
import { EventValidationError } from "../errors/event-validation-error.ts";
import type { ReceivedEvent } from "../types/event.ts";
import { isEventType, isSchema } from "./event-type.ts";
import { describeIssues, validateWith } from "./schema.ts";
import type { Trigger } from "./trigger.ts";
import { eventName } from "./wire-config.ts";

interface Expectation {
  name: string;
  schema: StandardSchemaV1 | undefined;
}

/** Checks what a function receives against the schemas of its triggers. */
export type EventCheck = (events: readonly Pick<ReceivedEvent, "name" | "data">[]) => Promise<void>;

/** The check for a list of triggers; undefined where no trigger has a schema, so that nothing is to be checked. */
export function eventCheck(triggers: readonly Trigger[]): EventCheck | undefined {
  const expectations = triggers.flatMap(expectation);
  if (!expectations.some((one) => one.schema)) return undefined;
  return async (events) => {
    for (const event of events) await checkEvent(expectations, event);
  };
}

function expectation(trigger: Trigger): Expectation[] {
  const name = eventName(trigger);
  if (name === undefined) return [{ name: systemEvents.scheduledTimer, schema: undefined }];
  const declared: unknown = isEventType(trigger) ? trigger : "event" in trigger ? trigger.event : undefined;
  const schema = isEventType(declared) ? declared.schema : undefined;
  return [{ name, schema: isSchema(schema) ? schema : undefined }];
}

async function checkEvent(
  expectations: Expectation[],
  event: Pick<ReceivedEvent, "name" | "data">,
): Promise<void> {
  const candidates = candidatesFor(expectations, event.name);
  if (candidates.length === 0) {
    throw new EventValidationError(`Event "${event.name}" is none of this function's triggers`);
  }
  if (candidates.some((one) => !one.schema)) return;
  let problem = "";
  for (const { schema } of candidates) {
    const issues = schema ? await validateWith(schema, event.data) : undefined;
    if (!issues) return;
    problem ||= describeIssues(issues);
  }
  throw new EventValidationError(`Event "${event.name}" does not fit its schema: ${problem}`);
}

function candidatesFor(expectations: Expectation[], name: string): Expectation[] {
  const matching = expectations.filter((one) => matches(one.name, name));
  if (matching.length > 0 || name !== systemEvents.functionInvoked) return matching;
  // An invocation carries the data of one of the function's events.
  return expectations.length > 0 ? expectations : [{ name, schema: undefined }];
}

function matches(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}
