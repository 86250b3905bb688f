import { type FunctionConfig, StepfastError } from "@stepfast/protocol";
import { type ConfigTarget, functionConfigs } from "../function/wire-config.ts";
import type { ServedFunction } from "./contract.ts";

// Where the URL does not matter.
const NOWHERE = "http://localhost/";

/** One slug that can be called: a function, or its failure handler. */
export interface CatalogEntry {
  fn: ServedFunction;
  slug: string;
  /** Attempts a step has, the first included; undefined where the server's default rules. */
  maxAttempts: number | undefined;
}

/** The functions of one endpoint, by slug. */
export class FunctionCatalog {
  readonly #appId: string;
  readonly #functions: readonly ServedFunction[];
  readonly #entries = new Map<string, CatalogEntry>();

  /** Throws `duplicate_function` if two functions share a slug, `invalid_config` if one is no function. */
  constructor(appId: string, functions: readonly ServedFunction[]) {
    if (!Array.isArray(functions)) {
      throw new StepfastError(
        "invalid_config",
        "serve needs `functions`: a list of what client.createFunction made",
      );
    }
    this.#appId = appId;
    this.#functions = functions;
    functions.forEach((fn, index) => {
      this.#add(fn, index);
    });
  }

  /** How many slugs there are; failure handlers count. */
  get size(): number {
    return this.#entries.size;
  }

  find(slug: string): CatalogEntry | undefined {
    return this.#entries.get(slug);
  }

  /** What to register, with steps reached at `url`. */
  configs(url: string, type: ConfigTarget["type"] = "http"): FunctionConfig[] {
    return this.#functions.flatMap((fn) => functionConfigs(fn, { appId: this.#appId, url, type }));
  }

  #add(fn: ServedFunction, index: number): void {
    if (typeof fn?.id !== "function") {
      throw new StepfastError(
        "invalid_config",
        `functions[${index}] is no function: pass what client.createFunction returned`,
      );
    }
    for (const { id: slug, steps } of functionConfigs(fn, {
      appId: this.#appId,
      url: NOWHERE,
      type: "http",
    })) {
      if (this.#entries.has(slug)) {
        throw new StepfastError(
          "duplicate_function",
          `two functions have the id "${slug}": give one of them another`,
        );
      }
      const retries = steps.step?.retries?.attempts;
      this.#entries.set(slug, { fn, slug, maxAttempts: retries === undefined ? undefined : retries + 1 });
    }
  }
}
