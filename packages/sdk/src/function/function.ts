import {
  type FunctionConfig,
  type HasInline,
  INLINE,
  type InlineCall,
  type InlineFunction,
  type InlineHost,
  type InlineSession,
} from "@stepfast/protocol";
import type { Inngest } from "../client/client.ts";
import { startInlineCall } from "../execution/inline/call.ts";
import { StepHashes } from "../execution/step-ids.ts";
import { type ExecutionOptions, TrialExecution } from "../execution/trial/execution.ts";
import type { UntypedHandler } from "../types/context.ts";
import type { Untyped } from "../types/untyped.ts";
import type { FunctionSettings } from "./options.ts";
import { type EventCheck, eventCheck } from "./received-event.ts";
import { type Trigger, type TriggerInput, type TriggerOf, triggerList } from "./trigger.ts";
import { validateSettings } from "./validation.ts";
import { functionConfigs } from "./wire-config.ts";

export interface FunctionParts {
  client: Inngest<Untyped>;
  opts: FunctionSettings;
  triggers: TriggerInput;
  handler: UntypedHandler;
  onFailure?: UntypedHandler | undefined;
}

/** Which of a function's two handlers a slug means. */
export interface FunctionEntry {
  handler: UntypedHandler;
  /** Undefined where nothing is to be checked: no schema, or the failure handler. */
  check: EventCheck | undefined;
  isFailureHandler: boolean;
}

/** A durable function: configuration and handler. Made by `client.createFunction`. */
export class InngestFunction<TTriggers = unknown, TOutput = unknown> implements HasInline {
  readonly client: Inngest<Untyped>;
  readonly opts: FunctionSettings;
  readonly triggers: readonly Trigger[];
  readonly handler: UntypedHandler;
  readonly onFailure: UntypedHandler | undefined;
  /** Hashes of step ids, kept from run to run. */
  readonly stepHashes = new StepHashes();
  readonly [INLINE]: InlineFunction;
  /** Types only. */
  declare readonly "~types": { triggers: TTriggers; output: TOutput };
  readonly #check: EventCheck | undefined;

  constructor({ client, opts, triggers, handler, onFailure }: FunctionParts) {
    const list = triggerList(triggers);
    validateSettings(opts, list);
    this.client = client;
    this.opts = opts;
    this.triggers = list;
    this.handler = handler;
    this.onFailure = onFailure;
    this.#check = eventCheck(list);
    this[INLINE] = inlineFunction(this);
  }

  /** The function's own id, or with an app's id its slug `<appId>-<id>`. */
  id(appId?: string): string {
    return appId === undefined ? this.opts.id : `${appId}-${this.opts.id}`;
  }

  get name(): string {
    return this.opts.name ?? this.opts.id;
  }

  get description(): string | undefined {
    return this.opts.description;
  }

  /** One execution without a server, for packages that test functions. */
  createExecution({ partialOptions }: { partialOptions: ExecutionOptions }): TrialExecution {
    return new TrialExecution(this, partialOptions);
  }

  /** Triggers to register. */
  wireTriggers(_appId: string): readonly Trigger[] {
    return this.triggers;
  }

  /** The handler a slug means. */
  entry(slug: string): FunctionEntry {
    const failure = this.onFailure && slug.endsWith(`${this.opts.id}-failure`) ? this.onFailure : undefined;
    if (failure) return { handler: failure, check: undefined, isFailureHandler: true };
    return { handler: this.handler, check: this.#check, isFailureHandler: false };
  }
}

export declare namespace InngestFunction {
  /** A function, whatever its triggers and its output. */
  type Any = InngestFunction<Untyped, Untyped>;
  type Like = Any;
  type Trigger<TName extends string = string> = TriggerOf<TName>;
  type Options = FunctionSettings & { triggers?: TriggerInput; onFailure?: UntypedHandler };
}

function inlineFunction(fn: InngestFunction): InlineFunction {
  return {
    configs: (appId: string): FunctionConfig[] =>
      functionConfigs(fn, { appId, url: `inline:${appId}`, type: "inline" }),
    call: (slug: string, call: InlineCall, host: InlineHost): InlineSession =>
      startInlineCall({ fn, slug, call, host }),
  };
}
