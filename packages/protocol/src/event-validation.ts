import { type ErrorCode, StepfastError } from "./error.ts";
import { type EventMeta, type IncomingEvent, SYSTEM_EVENT_PREFIX } from "./event.ts";
import { assertJsonObject, byteLength, eventTooLarge, type JsonSize } from "./json-validation.ts";
import { limits } from "./limits.ts";

/** What `meta` of one event may hold. */
export const sessionLimits = { perEvent: 5, propagatedPerEvent: 25, keyBytes: 128, idBytes: 512 } as const;

/** Bytes of an event beside its name, id, data and user, at most: keys, ts and punctuation. */
const FRAME_BYTES = 100;

/**
 * The events of one request or one `send`: an object, or an array of up to `limits.eventsPerRequest` (SERVER §1.2).
 * Either all are valid or it throws, naming the event's index and the field: `invalid_event`, `invalid_event_batch`,
 * `reserved_event_name`, `event_too_large`. `data` is `{}` if missing, without the reserved key `_inngest`; unknown
 * keys beside it are dropped. Payloads are not copied unless they hold something that JSON writes differently.
 */
export function validateEvents(body: unknown): IncomingEvent[] {
  if (!Array.isArray(body)) return [validateEvent(body, "event")];
  if (body.length > limits.eventsPerRequest) {
    throw new StepfastError(
      "invalid_event_batch",
      `${body.length} events in one request: send at most ${limits.eventsPerRequest} at a time`,
    );
  }
  const events = new Array<IncomingEvent>(body.length);
  for (let i = 0; i < body.length; i++) events[i] = validateEvent(body[i], `events[${i}]`);
  return events;
}

function validateEvent(value: unknown, where: string): IncomingEvent {
  if (!isObject(value)) {
    throw refuse("invalid_event", where, 'must be an object such as { "name": "order/placed", "data": {} }');
  }
  const size: JsonSize = { lowerBytes: 0, upperBytes: FRAME_BYTES };
  const event: IncomingEvent = { name: validateName(value.name, where, size), data: {} };
  const { data, user, id, ts, v, meta } = value;
  if (data !== undefined && data !== null) {
    event.data = assertJsonObject(data, `${where}.data`, size);
    if (Object.hasOwn(event.data, "_inngest")) event.data = withoutReserved(event.data);
  }
  if (user !== undefined && user !== null) event.user = assertJsonObject(user, `${where}.user`, size);
  if (id !== undefined && id !== null) event.id = validateId(id, where, size);
  if (ts !== undefined && ts !== null) event.ts = validateTime(ts, where);
  if (v !== undefined && v !== null) event.v = validateVersion(v, where, size);
  if (meta !== undefined && meta !== null) event.meta = validateMeta(meta, `${where}.meta`);
  if (size.upperBytes > limits.eventBytes) checkSize(event, where, size);
  return event;
}

function refuse(code: ErrorCode, where: string, problem: string): StepfastError {
  return new StepfastError(code, `${where}: ${problem}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function addText(size: JsonSize, text: string): void {
  size.lowerBytes += text.length;
  size.upperBytes += text.length * 6;
}

function exceeds(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && byteLength(text) > bytes;
}

/** No database keeps a text beyond its U+0000 for certain. */
function refuseNull(text: string, where: string): void {
  if (text.includes("\0")) throw refuse("invalid_event", where, "must not contain the character U+0000");
}

function validateName(name: unknown, where: string, size: JsonSize): string {
  if (typeof name !== "string" || name === "") {
    throw refuse(
      "invalid_event",
      `${where}.name`,
      'must be a text that is not empty, such as "order/placed"',
    );
  }
  if (exceeds(name, limits.eventNameBytes)) {
    throw refuse("invalid_event", `${where}.name`, `must be at most ${limits.eventNameBytes} bytes long`);
  }
  refuseNull(name, `${where}.name`);
  if (name.slice(0, SYSTEM_EVENT_PREFIX.length).toLowerCase() === SYSTEM_EVENT_PREFIX) {
    throw refuse(
      "reserved_event_name",
      `${where}.name`,
      `"${name}": names that begin with "${SYSTEM_EVENT_PREFIX}" are kept for the system, choose another`,
    );
  }
  addText(size, name);
  return name;
}

function validateId(id: unknown, where: string, size: JsonSize): string {
  if (typeof id !== "string" || id === "") {
    throw refuse(
      "invalid_event",
      `${where}.id`,
      "must be a text that is not empty; leave it out to have one made",
    );
  }
  if (exceeds(id, limits.eventIdBytes)) {
    throw refuse("invalid_event", `${where}.id`, `must be at most ${limits.eventIdBytes} bytes long`);
  }
  refuseNull(id, `${where}.id`);
  addText(size, id);
  return id;
}

function validateTime(ts: unknown, where: string): number {
  if (typeof ts === "number" && Number.isInteger(ts) && ts >= limits.eventTsMin && ts <= limits.eventTsMax)
    return ts;
  throw refuse(
    "invalid_event",
    `${where}.ts`,
    "must be whole milliseconds since 1970, between the years 1980 and 2100",
  );
}

function validateVersion(version: unknown, where: string, size: JsonSize): string {
  if (typeof version !== "string") throw refuse("invalid_event", `${where}.v`, "must be a text");
  addText(size, version);
  return version;
}

function withoutReserved<T extends object>(data: T): T {
  const { _inngest: _, ...rest } = data as T & { _inngest: unknown };
  return rest as unknown as T;
}

function checkSize(event: IncomingEvent, where: string, size: JsonSize): void {
  const bytes = size.lowerBytes > limits.eventBytes ? size.lowerBytes : byteLength(JSON.stringify(event));
  if (bytes > limits.eventBytes) throw eventTooLarge(where);
}

type Sessions = NonNullable<EventMeta["sessions"]>;

/** `sessions: null` asks for a start without those that would be handed on. */
function validateMeta(meta: unknown, where: string): EventMeta {
  if (!isObject(meta)) throw refuse("invalid_event", where, "must be an object");
  const valid: EventMeta = {};
  if (meta.sessions !== undefined && meta.sessions !== null) {
    valid.sessions = validateSessions(meta.sessions, `${where}.sessions`, sessionLimits.perEvent);
  }
  const propagated = meta.propagated_sessions;
  if (propagated !== undefined && propagated !== null && meta.sessions !== null) {
    const path = `${where}.propagated_sessions`;
    valid.propagated_sessions = validateSessions(propagated, path, sessionLimits.propagatedPerEvent);
  }
  return valid;
}

function validateSessions(sessions: unknown, where: string, max: number): Sessions {
  if (!isObject(sessions))
    throw refuse("invalid_event", where, 'must be an object such as { "cart": "c-1" }');
  const entries = Object.entries(sessions);
  if (entries.length > max) throw refuse("invalid_event", where, `holds at most ${max} sessions`);
  const valid: Sessions = {};
  for (const [key, id] of entries) {
    if (key === "" || key === "__proto__" || exceeds(key, sessionLimits.keyBytes)) {
      throw refuse("invalid_event", where, `a session's key has 1 to ${sessionLimits.keyBytes} bytes`);
    }
    if (!isSessionId(id)) {
      const allowed = `a text of at most ${sessionLimits.idBytes} bytes, a number, or null to end the session`;
      throw refuse("invalid_event", `${where}.${key}`, `must be ${allowed}`);
    }
    valid[key] = id;
  }
  return valid;
}

function isSessionId(id: unknown): id is string | number | null {
  if (id === null) return true;
  return typeof id === "string"
    ? !exceeds(id, sessionLimits.idBytes)
    : typeof id === "number" && Number.isFinite(id);
}
