import { type Json, StepfastError } from "@stepfast/protocol";
import type { GateRow, Store } from "@stepfast/store";
import { sharedGateId } from "../../domain/flow/gate-id.ts";
import {
  type LimitChange,
  type LimitOverrides,
  versionOf,
  withChange,
} from "../../domain/flow/limit-overrides.ts";
import { changed } from "../../domain/flow/limits-in-force.ts";
import { isLine } from "../../domain/flow/lines.ts";
import { gateOfKey, type LimitNumbers, type NamedLimit, namedLimits } from "../../domain/flow/named-limit.ts";
import type { FunctionIndex } from "../../domain/function-index.ts";
import type { FunctionSpec } from "../../domain/function-spec.ts";
import { functionNotFound } from "../../domain/not-found.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Publisher } from "../events/publisher.ts";
import type { Registry } from "../registry.ts";
import type { Openings } from "./openings.ts";

const PAGE = 400;
const PORTION = 50;
const MAX_TRIES = 20;
const shared = (kind: "lane" | "whole", scope: "env" | "account") =>
  sharedGateId(kind, scope, { text: "", value: null });
const sharedPrefixes = [
  shared("lane", "account"),
  shared("lane", "env"),
  shared("whole", "account"),
  shared("whole", "env"),
];

/** A limit, as operators see it. */
export interface LimitView {
  name: string;
  scope: NamedLimit["scope"];
  /** The key's expression. */
  key: string | null;
  configured: LimitNumbers;
  /** What counts for values that have no numbers of their own. */
  inForce: LimitNumbers;
  /** Values of the key that have. */
  byKey: { key: Json; inForce: LimitNumbers }[];
}

export interface FunctionLimits {
  limits: LimitView[];
  /** One more with every change. */
  version: number;
  /** The last 100, the latest first. */
  changes: LimitChange[];
}

/** By whom, and on what: see {@link LimitsContract.set}. */
export interface LimitAuthor {
  /** Who changes it, as is recorded; null: nobody was asked. */
  by?: string | null;
  /** Only if the function's limits still have this version. */
  version?: number | undefined;
}

/** Which limit is meant: `key`: for this value of its key alone. */
export interface LimitChoice {
  functionId: string;
  limit: string;
  key?: Json | undefined;
}

export interface LimitsContract {
  /** Throws `function_not_found`. */
  list(functionId: string): FunctionLimits;
  /** From now on; null: as configured. Throws `function_not_found`, `invalid_request`, `changed_meanwhile`. */
  set(choice: LimitChoice, to: Partial<LimitNumbers> | null, author?: LimitAuthor): Promise<FunctionLimits>;
}

export interface LimitsOptions {
  store: Store;
  clock: Clock;
  index: FunctionIndex;
  publisher: Publisher;
  registry: () => Registry;
  promise: Openings["promise"];
}

/** Limits that are changed while functions run. What was changed outlives syncs and restarts; all nodes follow. */
export class Limits implements LimitsContract {
  readonly #options: LimitsOptions;

  constructor(options: LimitsOptions) {
    this.#options = options;
  }

  list(functionId: string): FunctionLimits {
    const spec = this.#spec(functionId);
    const limits = namedLimits(functionId, spec.flow).map((limit) => limitView(spec, limit));
    return { limits, version: versionOf(spec.overrides), changes: spec.overrides?.changes ?? [] };
  }

  async set(
    choice: LimitChoice,
    to: Partial<LimitNumbers> | null,
    { by = null, version }: LimitAuthor = {},
  ): Promise<FunctionLimits> {
    const { functionId, key } = choice;
    const spec = this.#spec(functionId);
    const limit = limitNamed(spec, choice);
    if (to) checkNumbers(limit, to);
    const keyJson = key === undefined ? null : JSON.stringify(key);
    const change = { at: this.#options.clock.now(), by, limit: limit.name, key: keyJson, to };
    const gateId = key === undefined ? null : gateOfKey(limit, key);
    const promised = await this.#options.promise(spec.appId);
    await this.#change(functionId, version, (before) => withChange(before, change, gateId));
    await this.#open(gateId === null ? await this.#gatesOf(limit) : await this.#gates([gateId]));
    await promised.kept();
    return this.list(functionId);
  }

  /** Changes of several operators follow one upon the other, unless one of them names the version he has seen. */
  async #change(
    functionId: string,
    version: number | undefined,
    next: (before: LimitOverrides | null) => LimitOverrides,
  ): Promise<void> {
    const registry = this.#options.registry();
    for (let attempt = 0; attempt < MAX_TRIES; attempt++) {
      const text = await this.#overrides(functionId);
      const before = text === null ? null : (JSON.parse(text) as LimitOverrides);
      const seen = versionOf(before);
      if (version !== undefined && version !== seen) throw changedMeanwhile(functionId, version, seen);
      if (await registry.override(functionId, { before: text, after: next(before) })) return;
    }
    throw changedMeanwhile(functionId);
  }

  /** Lets those pass for whom there is room now: the functions' configurations have changed. Some wait at gates that these no longer name. */
  async openAll(functionIds: string[]): Promise<void> {
    if (functionIds.length === 0) return;
    for (const prefix of sharedPrefixes) await this.#open(await this.#gatesWith(prefix));
    for (const functionId of functionIds) await this.#open(await this.#gatesWith("", functionId));
  }

  /** As stored: another node may have changed it a moment ago. */
  async #overrides(functionId: string): Promise<string | null> {
    const rows = await this.#options.store.listFunctions();
    const row = rows.find(({ id }) => id === functionId);
    if (row) return row.overrides;
    throw functionNotFound(functionId);
  }

  #spec(functionId: string): FunctionSpec {
    const spec = this.#options.index.get(functionId);
    if (spec) return spec;
    throw functionNotFound(functionId);
  }

  async #gates(ids: string[]): Promise<string[]> {
    return waitedAt(await this.#options.store.getGates(ids));
  }

  async #gatesOf({ prefix }: NamedLimit): Promise<string[]> {
    return [...(await this.#gates([prefix])), ...(await this.#gatesWith(prefix))];
  }

  /** Gates are in order of their ids: those of a limit stand together. */
  async #gatesWith(prefix: string, functionId?: string): Promise<string[]> {
    const found: string[] = [];
    const filter = { limit: PAGE, ...(functionId === undefined ? {} : { functionId }) };
    for (let cursor = prefix; ; ) {
      const page = await this.#options.store.listGates({ ...filter, cursor });
      const own = page.filter((gate) => gate.id.startsWith(prefix));
      found.push(...waitedAt(own));
      const last = page.at(-1);
      if (!last || own.length < PAGE) return found;
      cursor = last.id;
    }
  }

  async #open(gateIds: string[]): Promise<void> {
    for (let from = 0; from < gateIds.length; from += PORTION) {
      const gateWork = gateIds
        .slice(from, from + PORTION)
        .map((gateId) => ({ kind: "open" as const, gateId }));
      await this.#options.publisher.publish([], {}, { gateWork });
    }
  }
}

function changedMeanwhile(functionId: string, wanted?: number, found?: number): StepfastError {
  const what =
    wanted === undefined ? "again and again" : `since version ${wanted}: they have version ${found}`;
  return new StepfastError(
    "changed_meanwhile",
    `Somebody else has changed the limits of ${functionId} ${what}. Look at them, then change them`,
  );
}

function waitedAt(gates: GateRow[]): string[] {
  const isWaitedAt = ({ id, state }: GateRow) =>
    !isLine(id) && ((JSON.parse(state) as { waiting?: number }).waiting ?? 0) > 0;
  return gates.filter(isWaitedAt).map((gate) => gate.id);
}

function limitView(spec: FunctionSpec, limit: NamedLimit): LimitView {
  const { name, scope, key, numbers, prefix } = limit;
  const own = Object.keys(spec.overrides?.gates ?? {}).filter((id) => id.startsWith(prefix));
  return {
    name,
    scope,
    key: key?.text ?? null,
    configured: numbers,
    inForce: { ...numbers, ...changed(spec, name, "") },
    byKey: own.map((id) => ({
      key: keyOf(id.slice(prefix.length)),
      inForce: { ...numbers, ...changed(spec, name, id) },
    })),
  };
}

/** Of a value that is too long only the digest is known. */
function keyOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

function limitNamed(spec: FunctionSpec, { limit: name, key }: LimitChoice): NamedLimit {
  const limits = namedLimits(spec.id, spec.flow);
  const limit = limits.find((one) => one.name === name);
  if (!limit) {
    const names = limits.map((one) => one.name).join(", ") || "none";
    throw new StepfastError(
      "invalid_request",
      `${spec.id} has no limit "${name}": it has ${names}. New ones are made in its configuration`,
    );
  }
  if (key !== undefined && limit.key === null) {
    throw new StepfastError("invalid_request", `${spec.id}: the limit "${name}" has no key: leave it out`);
  }
  return limit;
}

function checkNumbers({ name, numbers }: NamedLimit, to: Partial<LimitNumbers>): void {
  for (const field of ["limit", "periodMs", "burst"] as const) {
    const value = to[field];
    if (value === undefined) continue;
    if (numbers[field] === undefined) {
      throw new StepfastError("invalid_request", `The limit "${name}" has no ${field}`);
    }
    const least = field === "burst" ? 0 : field === "periodMs" ? 1_000 : 1;
    if (!Number.isSafeInteger(value) || value < least) {
      throw new StepfastError("invalid_request", `${field} must be a whole number, at least ${least}`);
    }
  }
}
