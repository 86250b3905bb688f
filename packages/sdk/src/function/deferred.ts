import type { StandardSchemaV1 } from "@standard-schema/spec";
import { StepfastError, systemEvents } from "@stepfast/protocol";
import type { Inngest } from "../client/client.ts";
import { NonRetriableError } from "../errors/non-retriable-error.ts";
import type { DeferParent, DeferredHandler, UntypedHandler } from "../types/context.ts";
import type { Untyped } from "../types/untyped.ts";
import type { DataOf } from "./event-type.ts";
import { type FunctionEntry, InngestFunction } from "./function.ts";
import type { FunctionSettings } from "./options.ts";
import type { EventCheck } from "./received-event.ts";
import { describeIssues, validateWith } from "./schema.ts";
import type { Trigger } from "./trigger.ts";

/** Configuration of a deferred function: it has no triggers, no failure handler and no batches of its own. */
export type DeferredOptions<TSchema> = Omit<FunctionSettings, "batchEvents"> & {
  /** Checked when the function is deferred and again when it runs. */
  schema?: TSchema;
};

/** A function that another function's run schedules with `defer`, to run once that run has ended. */
export class DeferredFunction<TSchema = undefined, TOutput = unknown> extends InngestFunction<
  undefined,
  TOutput
> {
  readonly schema: TSchema;
  readonly isDeferred = true;

  constructor(client: Inngest<Untyped>, options: DeferredOptions<TSchema>, handler: UntypedHandler) {
    checkDeferredId(options?.id);
    const { schema, ...opts } = options;
    super({ client, opts, triggers: undefined, handler });
    this.schema = schema as TSchema;
  }

  override wireTriggers(appId: string): readonly Trigger[] {
    const slug = this.id(appId);
    return [{ event: systemEvents.deferredSchedule, if: `event.data._inngest.fn_slug == '${slug}'` }];
  }

  override entry(_slug: string): FunctionEntry {
    return { handler: this.handler, check: deferredCheck(this.schema), isFailureHandler: false };
  }
}

export declare namespace DeferredFunction {
  type Any = DeferredFunction<Untyped, Untyped>;
  type Options<TSchema = Untyped> = DeferredOptions<TSchema>;
  type Parent = DeferParent;
}

// The id stands inside a quoted text of the trigger's expression.
function checkDeferredId(id: unknown): void {
  if (typeof id === "string" && /['\\\r\n]/.test(id)) {
    throw new StepfastError(
      "invalid_config",
      `Deferred function ${JSON.stringify(id)}: an id holds no ', \\ or line break`,
    );
  }
}

function deferredCheck(schema: unknown): EventCheck | undefined {
  if (schema === undefined) return undefined;
  return async (events) => {
    for (const event of events) {
      const issues = await validateWith(schema as StandardSchemaV1, event.data);
      if (issues)
        throw new NonRetriableError(
          `The deferred payload does not fit its schema: ${describeIssues(issues)}`,
        );
    }
  };
}

/**
 * Makes a deferred function. List it with the other functions; a run schedules it with
 * `defer(id, { function, data })`. Its `event.data` is that data, and `parents` names the runs it came from.
 */
export function createDefer<TSchema extends StandardSchemaV1 | undefined = undefined, TOutput = unknown>(
  client: Inngest<Untyped>,
  options: DeferredOptions<TSchema>,
  handler: DeferredHandler<DataOf<TSchema>, TOutput>,
): DeferredFunction<TSchema, TOutput> {
  const fn = new DeferredFunction<TSchema, TOutput>(client, options, handler as UntypedHandler);
  client.register(fn);
  return fn;
}
