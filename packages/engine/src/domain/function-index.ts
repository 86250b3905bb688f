import type { EventPayload } from "@stepfast/protocol";
import type { FunctionSpec, TriggerSpec } from "./function-spec.ts";

interface Entry {
  spec: FunctionSpec;
  trigger: TriggerSpec;
}

export interface TriggerProblem {
  functionId: string;
  error: unknown;
}

/** Functions by id and by the events they trigger on. */
export class FunctionIndex {
  readonly #byId = new Map<string, FunctionSpec>();
  #byName = new Map<string, Entry[]>();
  #wildcards: Entry[] = [];

  get(functionId: string): FunctionSpec | undefined {
    return this.#byId.get(functionId);
  }

  all(): FunctionSpec[] {
    return [...this.#byId.values()];
  }

  /** Puts an app's functions in the place of those it had. */
  replaceApp(appId: string, specs: FunctionSpec[]): void {
    for (const spec of this.all()) if (spec.appId === appId) this.#byId.delete(spec.id);
    for (const spec of specs) this.#byId.set(spec.id, spec);
    this.#reindex();
  }

  #reindex(): void {
    this.#byName = new Map();
    this.#wildcards = [];
    for (const spec of this.#byId.values()) {
      for (const trigger of spec.triggers) {
        const entry = { spec, trigger };
        if (trigger.name.endsWith("*")) this.#wildcards.push(entry);
        else this.#byName.set(trigger.name, [...(this.#byName.get(trigger.name) ?? []), entry]);
      }
    }
  }

  listensTo(name: string): boolean {
    return this.#byName.has(name) || this.#wildcards.some(({ trigger }) => matchesName(trigger.name, name));
  }

  /**
   * The functions an event starts: each once, by its first trigger whose name and condition match. A condition that
   * cannot be evaluated does not match and is told of.
   */
  match(event: EventPayload, onProblem: (problem: TriggerProblem) => void): FunctionSpec[] {
    const named = this.#byName.get(event.name);
    if (!named && this.#wildcards.length === 0) return [];
    const found = new Set<FunctionSpec>();
    for (const { spec, trigger } of [...(named ?? []), ...this.#wildcards]) {
      if (found.has(spec) || !matchesName(trigger.name, event.name)) continue;
      if (holds(trigger, event, (error) => onProblem({ functionId: spec.id, error }))) found.add(spec);
    }
    return [...found];
  }
}

function holds(trigger: TriggerSpec, event: EventPayload, onError: (error: unknown) => void): boolean {
  if (!trigger.expression) return true;
  try {
    return trigger.expression.test({ event });
  } catch (error) {
    onError(error);
    return false;
  }
}

/** Exact, or a prefix before `*` that ends at a `/` or `.` (SERVER 1.4). */
export function matchesName(pattern: string, name: string): boolean {
  if (!pattern.endsWith("*")) return pattern === name;
  const prefix = pattern.slice(0, -1);
  return (
    (prefix.endsWith("/") || prefix.endsWith(".")) && name.startsWith(prefix) && name.length > prefix.length
  );
}
