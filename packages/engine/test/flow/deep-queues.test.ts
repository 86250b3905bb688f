import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FunctionConfig } from "@stepfast/protocol";
import type { ParkedRun } from "@stepfast/store";
import { openSqliteStore } from "@stepfast/store-sqlite";
import { describe, expect, it } from "vitest";
import { rankOf, runFlow } from "../../src/domain/flow/run-flow.ts";
import { FunctionIndex } from "../../src/domain/function-index.ts";
import { functionSpec } from "../../src/domain/function-spec.ts";
import { type Dice, dice, seeds } from "../expression-dice.ts";
import { deepWorld } from "./world/deep-world.ts";
import { GateModel, type ModelRun } from "./world/gate-model.ts";

const count = Number(process.env.STEPFAST_DEEP ?? 2);
const RUNS = 600;
const USER = "event.data.user";
const MODEL = "event.data.model";

type Config = Partial<Omit<FunctionConfig, "steps">> & { id: string };

/** Rules of which each lets few through, so that most of what waits for one waits for the other, too. */
function randomConfig(rolls: Dice, id: string): Config {
  const limit = () => 1 + rolls.below(3);
  const keyed = () => ({ limit: limit(), key: rolls.pick([USER, MODEL]) });
  const shared = () => ({
    limit: limit(),
    key: rolls.pick(['"all"', USER]),
    scope: rolls.pick(["env", "account"] as const),
  });
  const rule = () => rolls.pick([keyed, keyed, shared, () => ({ limit: limit() + 2 })])();
  const step = [rule(), rule()];
  const config: Config = { id, concurrency: step as never };
  if (rolls.chance(0.3))
    config.concurrency = { fn: [rolls.pick([keyed, () => ({ limit: limit() })])()], step } as never;
  if (rolls.chance(0.2))
    config.throttle = { limit: 2, period: "1s", ...(rolls.chance(0.5) ? { key: USER } : {}) };
  if (rolls.chance(0.3)) config.priority = { run: "event.data.urgent" };
  return config;
}

class Trial {
  readonly index = new FunctionIndex();
  readonly model = new GateModel(this.index);
  readonly #rolls: Dice;
  #made = 0;
  #configs: Config[];

  constructor(seed: number) {
    this.#rolls = dice(seed);
    const ids = ["app-a", "app-b", "app-c"].slice(0, 1 + this.#rolls.below(3));
    this.#configs = ids.map((id) => randomConfig(this.#rolls, id));
    this.#register();
  }

  #register(): void {
    const runtime = { type: "http" as const, url: "http://127.0.0.1/" };
    const steps = { step: { id: "step", name: "step", runtime } };
    const whole = { name: "x", triggers: [{ event: "go" }] };
    this.index.replaceApp(
      "app",
      this.#configs.map((config) => functionSpec("app", { ...whole, ...config, steps })),
    );
  }

  /** Of long stretches of the same values, so that whoever is blocked has many like him ahead. */
  arrive(stretch: { functionId: string; user: number; model: number }): void {
    const rolls = this.#rolls;
    const { functionId } = stretch;
    const spec = this.index.get(functionId);
    if (!spec?.flow) return;
    const data = { user: stretch.user, model: stretch.model, urgent: rolls.pick([0, 0, 0, 600]) };
    const event = { name: "go", id: "", data, user: {}, ts: 0 };
    const flow = runFlow(functionId, spec.flow, event, null);
    if (!flow) return;
    const id = `r${String(this.#made++).padStart(6, "0")}`;
    const rank = rankOf(spec.flow, event, this.model.now);
    const about = { id, functionId, appId: "app", rank, queuedAt: this.model.now, startBy: null, epoch: 0 };
    const run: ParkedRun = { ...about, flow: JSON.stringify(flow) };
    this.model.runs.set(id, { run, flow, gate: null });
    this.model.do({ kind: "ask", run, flow, places: 1 });
  }

  randomStretch() {
    const rolls = this.#rolls;
    return { functionId: rolls.pick(this.#configs).id, user: rolls.below(2), model: rolls.below(3) };
  }

  end(one: ModelRun): void {
    const { flow, gate, run } = one;
    this.model.runs.delete(run.id);
    this.model.do(
      gate === null
        ? { kind: "leave", runId: run.id, flow, places: flow.held, isEnded: true }
        : { kind: "withdraw", runId: run.id, functionId: run.functionId, gate, flow, isEnded: true },
    );
  }

  pick(isWaiting: boolean): ModelRun | undefined {
    const found = [...this.model.runs.values()].filter(({ gate }) => (gate !== null) === isWaiting);
    return found.length === 0 ? undefined : this.#rolls.pick(found);
  }

  reconfigure(): void {
    const rolls = this.#rolls;
    const { id } = rolls.pick(this.#configs);
    this.#configs = this.#configs.map((config) => (config.id === id ? randomConfig(rolls, id) : config));
    this.#register();
    for (const gate of [...this.model.gates.values()])
      if (gate.functionId === null || gate.functionId === id)
        this.model.do({ kind: "open", gateId: gate.id });
  }

  check(): void {
    const told = JSON.stringify(this.#configs);
    expect(this.model.miscount(), told).toBeNull();
    expect(this.model.idle(), told).toBeNull();
  }

  play(): void {
    const rolls = this.#rolls;
    for (let stretch = this.randomStretch(); this.#made < RUNS; ) {
      if (rolls.chance(0.01)) stretch = this.randomStretch();
      this.arrive(stretch);
    }
    this.check();
    for (let turn = 0; this.model.runs.size > 0; turn++) {
      const one = this.pick(rolls.chance(0.05));
      if (one) this.end(one);
      if (rolls.chance(0.02)) this.model.forget();
      if (rolls.chance(0.1)) this.arrive(this.randomStretch());
      if (rolls.chance(0.004)) this.reconfigure();
      this.model.now += rolls.pick([0, 100, 1_000]);
      this.model.do();
      if (turn % 3 === 0) this.check();
      expect(turn).toBeLessThan(RUNS * 8);
    }
  }
}

describe("queues that are deeper than what is known of them", () => {
  for (const seed of seeds(count)) {
    it(`hide nobody who could pass (seed ${seed})`, { timeout: 120_000 }, () => {
      const trial = new Trial(seed);
      trial.play();
      if (process.env.STEPFAST_DEEP) console.log(seed, JSON.stringify(trial.model.counts));
    });
  }
});

describe("a place behind 270 runs that are blocked", () => {
  it("is given to who could have it, on SQLite", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stepfast-deep-"));
    try {
      const store = await openSqliteStore({ path: join(folder, "deep.db"), synchronous: "NORMAL" });
      expect(await deepWorld({ store })).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  for (const [no, kind] of (["die", "fail"] as const).entries()) {
    for (const when of ["before", "after"] as const) {
      const n = 1 + ((seeds(1)[0] ?? 0) % 12);
      it(`is given to who could have it, though a node ${kind}s ${when} commit ${n}`, async () => {
        expect(await deepWorld({ nodes: 1 + no, fault: { n, fault: { kind, when } } })).toEqual([]);
      });
    }
  }
});
