import type { InlineTransport } from "@stepfast/protocol";
import type { Store } from "@stepfast/store";
import { AppHost } from "./app-host.ts";
import { checkBodyStart } from "./body-check.ts";
import { apps, Cast } from "./cast.ts";
import { Dice } from "./dice.ts";
import { EndCheck } from "./end-check.ts";
import { EventLoop } from "./event-loop.ts";
import { type Faults, noFaults } from "./faults.ts";
import type { Ground, MakeGround } from "./ground/ground.ts";
import { MemoryGround } from "./ground/memory-ground.ts";
import { HintLine } from "./hint-line.ts";
import { History } from "./history.ts";
import { Journal } from "./journal.ts";
import { Ledger } from "./ledger.ts";
import { Network } from "./network.ts";
import { SimNode, transportTo } from "./node.ts";
import { Operator } from "./operator.ts";
import { Outside } from "./outside.ts";
import type { Stage } from "./performance.ts";
import type { SimProcess } from "./process.ts";
import type { Program } from "./program.ts";
import { ProgramDice } from "./program-dice.ts";
import { Requests } from "./requests.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";
import { checkUndoStart } from "./undo-check.ts";

const START_MS = Date.UTC(2026, 0, 1);
const PATIENCE_MS = 3 * 3_600_000;
const QUIET_MS = 40_000;
/** Far beyond what any program needs: whoever gets there runs in a circle. */
const MAX_EVENTS = 100_000;

export interface WorldOptions {
  /** Puts something between the nodes and the store. Default: nothing. */
  disturb?: ((store: Store) => Store) | undefined;
  /** Where the rows are. Default: in memory. */
  ground?: MakeGround | undefined;
}

/** All there is in one simulation, made from its seed. */
export class World {
  readonly scenario: Scenario;
  readonly program: Program;
  readonly loop: EventLoop;
  readonly journal: Journal;
  readonly history: History;
  readonly #dice: Dice;
  readonly #ground: Ground;
  readonly #hints: HintLine;
  readonly #disturb: (store: Store) => Store;
  readonly #ledger = new Ledger();
  readonly #network: Network;
  readonly #requests: Requests;
  readonly #outside: Outside;
  readonly #operator: Operator;
  #nodes: SimNode[] = [];
  #app: AppHost | null = null;
  #faults: Faults;
  #names = 0;
  crashes = 0;

  constructor(seed: string, options: WorldOptions = {}) {
    const dice = new Dice(seed);
    this.#dice = dice;
    this.scenario = scenarioOf(dice.fork("scenario"));
    this.program = new ProgramDice(dice.fork("program")).program();
    this.#faults = this.scenario.faults;
    this.loop = new EventLoop(dice.fork("loop"), START_MS);
    this.journal = new Journal(() => this.loop.exactNow);
    // Operators are heard by all nodes: then these must know of each other.
    const isShared = this.scenario.hasOperator && this.scenario.cluster === "two";
    this.#ground = options.ground?.(this.loop) ?? new MemoryGround({ isShared });
    this.#hints = new HintLine(this.loop, dice.fork("hints"));
    this.#disturb = options.disturb ?? ((store) => store);
    const { loop, journal, program } = this;
    const { observer: store, isHasty } = this.#ground;
    this.history = new History({ loop, journal, program, ledger: this.#ledger, store, isHasty });
    const faults = () => this.#faults;
    const { history } = this;
    const crashApp = (app: AppHost) => this.#crashApp(app);
    this.#network = new Network({
      loop,
      dice: dice.fork("network"),
      history,
      faults,
      app: () => this.#app,
      crashApp,
    });
    const nodes = () => this.#nodes.filter((node) => node.isReady && !node.process.isPaused);
    const outside = dice.fork("outside");
    const around = { program, loop, history };
    this.#requests = new Requests({ ...around, nodes, dice: outside });
    const { log, requests } = { log: history.operators, requests: this.#requests };
    this.#outside = new Outside({ ...around, requests, dice: outside, startMs: START_MS });
    this.#operator = new Operator({ ...around, requests, log, dice: dice.fork("operator") });
  }

  /** Chaos, then peace until nothing happens any more, then the reckoning. */
  async play(): Promise<void> {
    const { loop, scenario, journal } = this;
    this.#startApp();
    for (let i = scenario.cluster === "two" ? 2 : 1; i > 0; i--) this.#startNode();
    this.#outside.plan(scenario.chaosMs);
    // Nodes that do not know of each other do not hear what another one was told.
    const isHeard = scenario.cluster !== "two" || this.#ground.isShared;
    if (scenario.hasOperator && isHeard) this.#operator.plan(scenario.chaosMs);
    this.#planMischief(scenario.chaosMs);
    const isBroken = () => this.#isBroken();
    await loop.run(START_MS + scenario.chaosMs, isBroken);
    this.#faults = noFaults;
    journal.note("peace");
    for (const node of this.#nodes) if (node.process.isPaused) loop.resume(node.process);
    await loop.run(loop.exactNow + PATIENCE_MS, () => isBroken() || this.#isDone());
    const quietMs = QUIET_MS + (scenario.settings.retention?.keepMs ?? 0);
    await loop.run(loop.exactNow + quietMs, isBroken);
    if (isBroken()) return;
    await new EndCheck(this.history, scenario.cluster === "calm").check(this.#outside.sendings);
    for (const { name, engine } of this.#nodes) {
      const hot = engine?.hotRuns ?? 0;
      if (hot > 0) journal.violate("quiet-nodes-hold-nothing", `${name} still holds ${hot} runs in memory`);
    }
  }

  #isBroken(): boolean {
    const { journal, loop } = this;
    // Whoever looks for what is old does so all the time.
    const most = this.scenario.settings.retention ? 4 * MAX_EVENTS : MAX_EVENTS;
    if (journal.violations.length === 0 && loop.eventCount > most)
      journal.violate("nothing-runs-in-circles", `${most} events and no end`);
    return journal.violations.length > 0;
  }

  #isDone(): boolean {
    return this.history.live.size === 0 && this.#requests.isIdle;
  }

  #startNode(): void {
    const { loop, history, scenario } = this;
    const name = `node-${++this.#names}`;
    const node = new SimNode({
      name,
      store: this.#disturb(this.#ground.open(name)),
      loop,
      dice: this.#dice.fork(name),
      history,
      hints: this.#hints,
      network: this.#network,
      settings: scenario.settings,
      faults: () => this.#faults,
      castOf: (process) => this.#castFor(process, name),
      onCrash: (dead) => this.#onCrash(dead),
    });
    this.#nodes.push(node);
    node.boot();
  }

  #onCrash(dead: SimNode): void {
    this.crashes++;
    this.#nodes = this.#nodes.filter((node) => node !== dead);
    this.#ground.leave(dead.name);
    const isPeace = this.#faults === noFaults;
    const restart = () => {
      // A single node opens its database anew: that voids what its predecessor held.
      if (this.#nodes.length === 0 && this.scenario.cluster === "one" && this.#dice.chance(0.5)) {
        this.loop.needs(this.#ground.reopen());
        this.history.allSessionsVoid();
      }
      this.#startNode();
    };
    this.loop.schedule(isPeace ? 10 : this.#dice.int(1, 8_000), restart, null);
  }

  #startApp(): void {
    const name = `app-${++this.#names}`;
    this.#app = new AppHost(
      name,
      (process) => this.#castFor(process, null),
      (process) => this.#appTransport(process),
    );
    this.journal.note(`${name} serves`);
  }

  #crashApp(app: AppHost): void {
    if (this.#app !== app || this.#faults === noFaults) return;
    this.journal.note(`${app.process.name} crashes`);
    this.crashes++;
    app.process.kill();
    this.#app = null;
    this.loop.schedule(this.#dice.int(1, 3_000), () => this.#startApp(), null);
  }

  /** What steps of remote functions send goes over the network to any node. */
  #appTransport(process: SimProcess): InlineTransport {
    const ask = async <T>(action: (transport: InlineTransport) => Promise<T>): Promise<T> => {
      await this.loop.delay(this.#dice.fraction() * 2, process);
      const nodes = this.#nodes.filter((node) => node.isReady && !node.process.isPaused);
      const [first] = nodes;
      const node = first && this.#dice.pick(nodes);
      const { engine } = node ?? {};
      if (!node || !engine) throw new Error("the API cannot be reached");
      return new Promise((resolve, reject) => {
        const back = (act: () => void) => void this.loop.schedule(this.#dice.fraction() * 2, act, process);
        const run = () => {
          action(transportTo(engine)).then(
            (value) => back(() => resolve(value)),
            (error: unknown) => back(() => reject(error)),
          );
        };
        this.loop.schedule(0, run, node.process);
        this.loop.schedule(8_000, () => reject(new Error("the API did not answer")), process);
      });
    };
    return {
      send: (events, seed) => ask((transport) => transport.send(events, seed)),
      sendSignal: (signal, data) => ask((transport) => transport.sendSignal(signal, data)),
    };
  }

  #castFor(process: SimProcess, node: string | null): Cast {
    const { loop, history, program } = this;
    const stageOf = (cast: Cast): Stage => ({
      ledger: this.#ledger,
      now: () => loop.exactNow,
      delay: (ms) => loop.delay(ms * (0.5 + this.#dice.fraction()), process),
      bodyStarts: (execution) => checkBodyStart(history, execution, node),
      undoStarts: (undo) => checkUndoStart(history, undo, node),
      appOf: (functionId) => {
        const fn = program.functions.find(({ id }) => id === functionId);
        return apps[fn?.transport ?? "inline"];
      },
      deferred: (functionId) => cast.deferred(functionId),
    });
    return new Cast(program, process, stageOf);
  }

  /** Nodes that stand still beyond their lease, and nodes that are shut down in good order. */
  #planMischief(ms: number): void {
    const { loop, scenario } = this;
    const dice = this.#dice.fork("mischief");
    for (let at = 1_000; at < ms; at += 1_000) {
      if (dice.chance(scenario.faults.zombie)) loop.schedule(at, () => this.#freeze(dice), null);
      if (scenario.cluster !== "calm" && dice.chance(0.01))
        loop.schedule(at, () => this.#anyNode(dice)?.shutDown(dice.int(0, 3_000)), null);
    }
  }

  #anyNode(dice: Dice): SimNode | undefined {
    return this.#nodes.length > 0 ? dice.pick(this.#nodes) : undefined;
  }

  #freeze(dice: Dice): void {
    const node = this.#anyNode(dice);
    if (!node || node.process.isPaused) return;
    this.journal.note(`${node.name} freezes`);
    node.process.pause();
    this.loop.schedule(
      dice.int(500, 3 * this.scenario.settings.leaseMs),
      () => {
        if (!node.process.isPaused) return;
        this.journal.note(`${node.name} goes on`);
        this.loop.resume(node.process);
      },
      null,
    );
  }
}
