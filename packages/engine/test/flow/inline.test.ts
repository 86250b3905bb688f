import { type HasInline, INLINE } from "@stepfast/protocol";
import { Inngest } from "stepfast";
import { describe, expect, it } from "vitest";
import { type Dice, dice, seeds } from "../expression-dice.ts";
import { World } from "./world/world.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };

interface Body {
  fn: string;
  user: string;
}

interface Rule {
  limit: number;
  key?: string;
  scope?: "env";
}

/** Functions in this process whose steps run beside each other, and how many bodies run at a time. */
class InlineTrial {
  readonly world = new World([]);
  readonly problems: string[] = [];
  readonly #client = new Inngest({ id: "app", isDev: true, logger: silent });
  readonly #bodies = new Set<Body>();
  readonly #dice: Dice;

  constructor(rolls: Dice) {
    this.#dice = rolls;
    this.world.ackTurns = rolls.below(4);
  }

  async run(): Promise<string[]> {
    await this.world.startNode();
    const node = await this.world.someNode();
    const functions = [this.#function("one"), this.#function("two")];
    await node.registerInline({ id: "app", functions: functions.map((fn) => fn[INLINE]) });
    for (let no = 0; no < 12; no++) {
      await this.world.send({ name: "go", data: { user: this.#dice.pick(["ann", "bob"]), no } });
      if (this.#dice.chance(0.1)) await this.#cancelOne();
      await this.world.run(this.world.clock.now() + this.#dice.pick([0, 30, 500]));
    }
    await this.world.run(this.world.clock.now() + 600_000);
    await this.world.look();
    const open = (await this.world.allRuns()).filter((run) => run.endedAt === null);
    const gates = await this.world.store.listGates({ limit: 400 });
    await this.world.close();
    return [
      ...this.problems,
      ...this.world.problems,
      ...[...open, ...gates].map((row) => JSON.stringify(row)),
    ];
  }

  async #cancelOne(): Promise<void> {
    const live = (await this.world.allRuns()).filter((run) => run.endedAt === null);
    if (live.length === 0) return;
    const node = await this.world.someNode();
    node.cancelRun({ runId: this.#dice.pick(live).id }).catch(() => {});
    await this.world.rest();
  }

  #function(id: string): HasInline {
    const own = { limit: 1 + this.#dice.below(4) };
    const byUser = { limit: 1 + this.#dice.below(2), key: "event.data.user" };
    const shared = { limit: 3, scope: "env" as const, key: '"all"' };
    const rule: Rule = this.#dice.pick<Rule>([own, byUser, shared]);
    const rounds = 1 + this.#dice.below(3);
    return this.#client.createFunction(
      { id, triggers: [{ event: "go" }], concurrency: [rule, shared] },
      async ({ event, step }) => {
        const { user } = event.data as { user: string };
        const branch = async (no: number) => {
          for (let round = 0; round < rounds; round++) {
            await step.run(`${no} ${round}`, () => this.#body({ fn: id, user }, rule.limit, rule));
            // User code that takes its time between steps.
            if (no === 1) await this.#pass(7);
          }
        };
        await Promise.all(Array.from({ length: 1 + this.#dice.below(4) }, (_, no) => branch(no)));
        await step.sleep("nap", "1s");
        await step.run("last", () => this.#body({ fn: id, user }, rule.limit, rule));
      },
    ) as unknown as HasInline;
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.world.clock.after(ms, resolve);
    });
  }

  async #body(body: Body, limit: number, rule: Rule): Promise<void> {
    this.#bodies.add(body);
    const counts = [...this.#bodies];
    if (counts.length > 3) this.problems.push(`${counts.length} bodies run at a time, not 3`);
    const own = counts.filter(
      ({ fn, user }) => fn === body.fn && (!rule.key || rule.scope || user === body.user),
    );
    if (own.length > limit && !rule.scope)
      this.problems.push(`${own.length} bodies of ${body.fn}, not ${limit}`);
    await this.#pass(this.#dice.pick([1, 40, 200]));
    this.#bodies.delete(body);
  }
}

describe("limits of functions in this process", () => {
  for (const seed of seeds(Number(process.env.STEPFAST_TRIALS ?? 20))) {
    it(`count the step bodies that run, also of one run (seed ${seed})`, async () => {
      expect((await new InlineTrial(dice(seed)).run()).slice(0, 3)).toEqual([]);
    });
  }
});
