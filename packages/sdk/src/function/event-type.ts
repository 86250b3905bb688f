import type { StandardSchemaV1 } from "@standard-schema/spec";
import { StepfastError, systemEvents } from "@stepfast/protocol";
import type { EventMeta, EventPayload } from "../types/event.ts";
import type { UntypedData } from "../types/untyped.ts";
import { describeIssues, validateWith } from "./schema.ts";

/** A schema whose output is what its input was: events are checked, never changed. */
export type EventSchema<TData = UntypedData> = StandardSchemaV1<TData, TData>;

/** Payload type a schema declares; undeclared data without one. */
export type DataOf<TSchema> = TSchema extends StandardSchemaV1<unknown, infer TData> ? TData : UntypedData;

export interface CreateEventOptions {
  id?: string;
  ts?: number;
  v?: string;
  meta?: EventMeta;
}

/** A payload made by {@link EventType.create}. */
export interface CreatedEvent<TName extends string, TData> extends EventPayload<TData, TName> {
  data: TData;
  /** Rejects with `invalid_event` if the data do not fit the schema. `send` calls it. */
  validate(): Promise<void>;
}

/** An event's name and the shape of its data: a trigger, what to wait for, and a maker of payloads. */
export class EventType<TName extends string = string, TSchema = undefined> {
  readonly name: TName;
  readonly schema: TSchema;
  readonly version: string | undefined;

  constructor(name: TName, options: { schema: TSchema; version?: string | undefined }) {
    this.name = name;
    this.schema = options.schema;
    this.version = options.version;
  }

  /** The name, so that an event type can stand where a trigger does. */
  get event(): TName {
    return this.name;
  }

  create(data: DataOf<TSchema>, options: CreateEventOptions = {}): CreatedEvent<TName, DataOf<TSchema>> {
    const version = options.v ?? this.version;
    const payload = { name: this.name, data, ...options, ...(version === undefined ? {} : { v: version }) };
    const validate = () => this.#validate(data);
    return Object.defineProperty(payload, "validate", { value: validate }) as typeof payload & {
      validate: () => Promise<void>;
    };
  }

  async #validate(data: unknown): Promise<void> {
    if (!isSchema(this.schema)) return;
    const issues = await validateWith(this.schema, data);
    if (issues)
      throw new StepfastError(
        "invalid_event",
        `Event "${this.name}" does not fit its schema: ${describeIssues(issues)}`,
      );
  }
}

export function isSchema(value: unknown): value is StandardSchemaV1 {
  return (typeof value === "object" || typeof value === "function") && value !== null && "~standard" in value;
}

/** Also true of an event type from another copy of this package. */
export function isEventType(value: unknown): value is EventType<string, unknown> {
  if (value instanceof EventType) return true;
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as EventType).create === "function" && typeof (value as EventType).name === "string";
}

/** Declares an event: its name and, with a schema, the type of its data. */
export function eventType<TName extends string>(name: TName): EventType<TName, undefined>;
export function eventType<TName extends string, TSchema extends StandardSchemaV1 | undefined = undefined>(
  name: TName,
  options: { schema?: TSchema; version?: string },
): EventType<TName, TSchema>;
export function eventType(
  name: string,
  options: { schema?: unknown; version?: string } = {},
): EventType<string, unknown> {
  return new EventType(name, { schema: options.schema, version: options.version });
}

/** A schema that accepts everything and gives a type. */
export function staticSchema<TData>(): StandardSchemaV1<TData, TData> {
  return {
    "~standard": { version: 1, vendor: "stepfast", validate: (value) => ({ value: value as TData }) },
  };
}

/** Types the data of direct invocations. It is no event anyone can send, so it is not registered. */
export function invoke<TSchema extends StandardSchemaV1>(
  schema: TSchema,
): EventType<typeof systemEvents.functionInvoked, TSchema> {
  return new EventType(systemEvents.functionInvoked, { schema });
}

/** A cron trigger: five fields, or "TZ=Europe/Rome 0 9 * * 1". */
export function cron<TCron extends string>(expression: TCron): { cron: TCron } {
  return { cron: expression };
}
