import type { Dice } from "../campaign/dice.ts";
import type { RecordedAnswer, RecordedRequest } from "./recording.ts";

const LONG = "x".repeat(70_000);
const DEEP: unknown = Array.from({ length: 90 }).reduce((inner: unknown) => [{ a: inner }], 1);

const oddTexts = [
  "",
  " ",
  "\u0000",
  "\ud800",
  "🚀 ü",
  "step",
  "null",
  "../../v1/runs",
  "%2e%2e%2f",
  "'; DROP TABLE runs; --",
  "1h30m",
  "-5s",
  "99999999999999999w",
  "2026-13-45T99:99:99Z",
  "2200-01-01T00:00:00Z",
  "1970-01-01T00:00:00Z",
  "event.data.id == async.data.id",
  "((((((((((",
  "event.data.a.b.c[1e9] > size(event)",
  "0737c22d3bfae812339732d14d8c7dbd6dc4e09c",
  "inngest/function.finished",
  "app-double",
  LONG,
];

/** What an address may hold: no lone surrogate, nothing long. */
const pathTexts = oddTexts.filter((text) => text !== "\ud800" && text !== LONG);

const oddValues: unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  2 ** 53,
  -(2 ** 63),
  1e308,
  [],
  {},
  [[]],
  [null],
  { id: null },
  { data: 1, error: 2 },
  { input: [1, 2] },
  { error: { message: 1, cause: { cause: { cause: {} } } } },
  DEEP,
  Array.from({ length: 300 }, (_, i) => i),
];

const opCodes = [
  ..."StepRun StepPlanned StepError StepFailed Sleep WaitForEvent WaitForSignal InvokeFunction".split(" "),
  ..."AIGateway Gateway DeferAdd DeferAbort RunComplete DiscoveryRequest Step StepNotFound SyncRunComplete".split(
    " ",
  ),
];

const keys =
  "id op name opts data error event events steps ctx run_id fn_id ts v __proto__ constructor length toString";
const oddKeys = keys.split(" ");
const headerNames = [
  ..."content-type content-encoding content-length host origin authorization retry-after".split(" "),
  ..."x-inngest-no-retry x-inngest-req-version x-inngest-sdk x-inngest-event-id-seed".split(" "),
  ..."x-inngest-expected-server-kind x-inngest-signature transfer-encoding".split(" "),
];
const oddHeaders = [
  "",
  "true",
  "text/plain",
  "gzip",
  "-1",
  "0",
  "1e99",
  "NaN",
  "cloud",
  "multipart/form-data",
  "a,b",
  "ü",
];

type Container = Record<string, unknown> | unknown[];

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

/** Much faster than a structured clone. */
function copied(value: unknown): unknown {
  return isContainer(value) ? JSON.parse(JSON.stringify(value)) : value;
}

/** As a key of its own, whatever it is called. */
function put(holder: object, key: string, value: unknown): void {
  Object.defineProperty(holder, key, {
    value: copied(value),
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** Damages what was recorded, as a careless or a hostile client might. */
export class Mutator {
  readonly #dice: Dice;

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  request(request: RecordedRequest): RecordedRequest {
    const mutated = { ...request, headers: { ...request.headers } };
    for (let times = this.#dice.between(1, 3); times > 0; times--) {
      const roll = this.#dice.fraction();
      if (roll < 0.7 && mutated.body !== null) mutated.body = this.body(mutated.body);
      else if (roll < 0.8) mutated.path = this.#path(mutated.path);
      else if (roll < 0.95) this.#header(mutated.headers);
      else mutated.method = this.#dice.pick(["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"]);
    }
    return mutated;
  }

  answer(answer: RecordedAnswer): RecordedAnswer {
    const mutated = { ...answer, headers: { ...answer.headers } };
    for (let times = this.#dice.between(1, 3); times > 0; times--) {
      const roll = this.#dice.fraction();
      if (roll < 0.75) mutated.body = this.body(mutated.body);
      else if (roll < 0.9) this.#header(mutated.headers);
      else mutated.status = this.#dice.pick([200, 201, 204, 206, 206, 301, 400, 401, 404, 429, 500, 503]);
    }
    return mutated;
  }

  body(text: string): string {
    if (this.#dice.chance(0.06)) return this.#damaged(text);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return this.#damaged(text);
    }
    const holder = { value };
    for (let times = this.#dice.between(1, 2); times > 0; times--) this.#change(holder);
    return JSON.stringify(holder.value) ?? "";
  }

  /** Text that is no longer what it was, and perhaps no JSON. */
  #damaged(text: string): string {
    const at = this.#dice.between(0, text.length);
    const cut = text.slice(0, at);
    return this.#dice.pick([
      cut,
      `${cut}${this.#oddText()}${text.slice(at)}`,
      text + text,
      "",
      "null",
      "[]",
      "{}",
    ]);
  }

  #oddText(): string {
    // The long one is long: it need not come often.
    const text = this.#dice.pick(oddTexts);
    return text === LONG && this.#dice.chance(0.8) ? "x" : text;
  }

  #odd(): unknown {
    return this.#dice.chance(0.5) ? this.#oddText() : this.#dice.pick(oddValues);
  }

  /** Changes one place in a tree. */
  #change(root: { value: unknown }): void {
    let holder: Container = root as never;
    let key = "value";
    for (;;) {
      const inner: unknown = (holder as Record<string, unknown>)[key];
      const inside = isContainer(inner) ? Object.keys(inner) : [];
      if (!isContainer(inner) || inside.length === 0 || (inner !== root.value && this.#dice.chance(0.2)))
        break;
      holder = inner;
      key = this.#dice.pick(inside);
    }
    this.#changeAt(holder as Record<string, unknown>, key);
  }

  #changeAt(holder: Record<string, unknown>, key: string): void {
    const roll = this.#dice.fraction();
    if (key === "op" && roll < 0.7) holder[key] = this.#dice.pick(opCodes);
    else if (roll < 0.45) holder[key] = copied(this.#odd());
    else if (roll < 0.65 && Array.isArray(holder)) holder.push(copied(holder[Number(key)]));
    else if (roll < 0.65) delete holder[key];
    else if (roll < 0.8 && !Array.isArray(holder)) put(holder, this.#dice.pick(oddKeys), holder[key]);
    else holder[key] = this.#bent(holder[key]);
  }

  /** Almost what it was. */
  #bent(value: unknown): unknown {
    if (typeof value === "number") return this.#dice.pick([-value, value + 1, value * 1e6, String(value)]);
    if (typeof value !== "string") return [value];
    return this.#dice.pick([
      value.toUpperCase(),
      `${value}${value}`,
      value.slice(1),
      Number(value),
      `${value}\u0000`,
    ]);
  }

  #path(path: string): string {
    const [place = "", query = ""] = path.split("?");
    const parts = place.split("/");
    const at = this.#dice.between(1, Math.max(1, parts.length - 1));
    const roll = this.#dice.fraction();
    if (roll < 0.5) parts[at] = encodeURIComponent(this.#dice.pick(pathTexts));
    else if (roll < 0.6) parts.splice(at, 1);
    else if (roll < 0.7) parts.push("");
    const odd = encodeURIComponent(this.#dice.pick(pathTexts));
    const name = this.#dice.pick([
      "limit",
      "cursor",
      "status",
      "from",
      "order",
      "timeField",
      "name",
      "includeOutput",
    ]);
    const more = roll >= 0.7 ? `&${name}=${odd}` : "";
    return `${parts.join("/")}${query || more ? "?" : ""}${query}${more}`;
  }

  #header(headers: Record<string, string>): void {
    const name = this.#dice.pick(headerNames);
    if (this.#dice.chance(0.4)) delete headers[name];
    else headers[name] = this.#dice.pick(oddHeaders);
  }
}
