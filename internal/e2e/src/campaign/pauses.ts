import type { Api, ApiFunction } from "./api.ts";
import type { Dice } from "./dice.ts";
import type { Scenario } from "./scenario.ts";

/** The driver pauses functions for a while, one at a time. */
export class Pauses {
  readonly #dice: Dice;
  readonly #functions: ApiFunction[];
  /** It may be paused: whether a pause was carried out is not always known. */
  #paused: ApiFunction | undefined;

  constructor(dice: Dice, scenarios: Scenario[]) {
    this.#dice = dice;
    this.#functions = scenarios.flatMap(({ starts }) => Object.values(starts).flat().map(functionOf));
  }

  /** Pauses one, or resumes the one that is paused. */
  async change(api: Api): Promise<void> {
    if (this.#paused !== undefined) return await this.end(api);
    this.#paused = this.#dice.pick(this.#functions);
    await api.pause(this.#paused, this.#dice.pick(["finish", "hold"]));
  }

  async end(api: Api): Promise<void> {
    if (this.#paused === undefined) return;
    const paused = this.#paused;
    await api.resume(paused);
    if (this.#paused === paused) this.#paused = undefined;
  }
}

function functionOf(slug: string): ApiFunction {
  return { app: slug.slice(0, slug.indexOf("-")), fn: slug };
}
