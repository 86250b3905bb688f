import { StepfastError } from "@stepfast/protocol";

type Awaitable<T> = T | Promise<T>;
type Weights = Readonly<Record<string, number>>;

/** How an experiment's variant is chosen. Made by {@link experiment}. */
export interface ExperimentSelect {
  strategy: string;
  /** Of the variants, where there are any: told with the choice. */
  weights?: Weights | undefined;
  choose(context: { runId: string; variants: string[] }): Awaitable<string>;
}

/** Ways of choosing a variant. */
export const experiment = {
  /** Always this one. */
  fixed: (variant: string): ExperimentSelect => ({ strategy: "fixed", choose: () => variant }),

  /** By weight, the same for every replay of a run. Throws `invalid_request` for weights that cannot be. */
  weighted(weights: Weights): ExperimentSelect {
    checkWeights(weights);
    const kept = { ...weights };
    return {
      strategy: "weighted",
      weights: kept,
      choose: async ({ runId }) => byWeight(await fractionOf(runId), kept),
    };
  },

  /** By a value, such as a user's id: the same value, the same variant. Equal weights unless given. */
  bucket(value: unknown, options: { weights?: Weights } = {}): ExperimentSelect {
    if (options.weights) checkWeights(options.weights);
    const text = value === null || value === undefined ? "" : String(value);
    const choose: ExperimentSelect["choose"] = async ({ variants }) => {
      const weights = options.weights ?? Object.fromEntries(variants.map((name) => [name, 1]));
      return byWeight(await fractionOf(text), weights);
    };
    return { strategy: "bucket", weights: options.weights, choose };
  },

  /** As a function says, which runs once. */
  custom: (choose: () => Awaitable<string>): ExperimentSelect => ({ strategy: "custom", choose }),
};

function checkWeights(weights: Weights): void {
  const all = Object.entries(weights);
  const wrong = all.find(([, weight]) => !Number.isFinite(weight) || weight < 0);
  if (wrong) throw invalid(`the weight of "${wrong[0]}" must be a number, 0 or more, not ${wrong[1]}`);
  if (!all.some(([, weight]) => weight > 0)) throw invalid("one of the weights must be more than 0");
}

function invalid(what: string): StepfastError {
  return new StepfastError("invalid_request", `An experiment: ${what}`);
}

/** From 0 to 1, the same for the same text: the first 32 bits of its SHA-256. */
async function fractionOf(text: string): Promise<number> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new DataView(digest).getUint32(0) / 2 ** 32;
}

function byWeight(fraction: number, weights: Weights): string {
  const all = Object.entries(weights).sort(([a], [b]) => (a < b ? -1 : 1));
  const total = all.reduce((sum, [, weight]) => sum + weight, 0);
  let reached = 0;
  for (const [name, weight] of all) {
    reached += weight / total;
    if (fraction < reached) return name;
  }
  return all.findLast(([, weight]) => weight > 0)?.[0] ?? "";
}
