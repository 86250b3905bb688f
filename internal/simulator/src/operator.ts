import { hashStepId } from "@stepfast/protocol";
import { apps } from "./cast.ts";
import type { Dice } from "./dice.ts";
import type { EventLoop } from "./event-loop.ts";
import type { History } from "./history.ts";
import type { SimNode } from "./node.ts";
import type { OperatorLog } from "./operator-log.ts";
import type { Program } from "./program.ts";
import type { Requests } from "./requests.ts";
import { checkTreeCancelled } from "./tree-check.ts";

export interface OperatorOptions {
  program: Program;
  loop: EventLoop;
  dice: Dice;
  history: History;
  log: OperatorLog;
  requests: Requests;
}

type Jobs = NonNullable<SimNode["engine"]>["jobs"];
type BulkFilter = Parameters<Jobs["start"]>[1];

const MAX_TRIES = 4;
const LOOK_MS = 3_000;

/** Whoever runs the place: stops, holds, repeats and limits what it likes, at any time. */
export class Operator {
  readonly #options: OperatorOptions;
  readonly #slugs: string[];

  constructor(options: OperatorOptions) {
    this.#options = options;
    const ids = ({ id, transport, onFailure }: Program["functions"][number]) => {
      const slug = `${apps[transport]}-${id}`;
      return onFailure ? [slug, `${slug}-failure`] : [slug];
    };
    this.#slugs = options.program.functions.flatMap(ids);
  }

  /** Plans everything that is done in the next `ms`; after that every function is resumed, and stays so. */
  plan(ms: number): void {
    const { dice, requests } = this.#options;
    const deeds = [
      () => this.#cancelTree(),
      () => this.#bulkCancel(),
      () => this.#pause(),
      () => this.#replay(),
      () => this.#rerun(),
      () => this.#limit(),
    ];
    for (let i = dice.int(2, 8); i > 0; i--) {
      const deed = dice.pick(deeds);
      requests.at(dice.fraction() * ms, deed);
    }
    this.#options.loop.schedule(ms + 100, () => void this.#resumeAll(), null);
  }

  /** A pause that was asked for long ago may come about at any time. */
  async #resumeAll(): Promise<void> {
    const { history, loop, requests } = this.#options;
    const paused = (await history.store.listFunctions()).filter((fn) => fn.paused !== null);
    if (history.live.size === 0 && paused.length === 0 && requests.isIdle) return;
    for (const { id } of paused) requests.at(0, () => this.#resume(id, MAX_TRIES));
    loop.schedule(LOOK_MS, () => void this.#resumeAll(), null);
  }

  #ask(
    what: string,
    action: (engine: NonNullable<SimNode["engine"]>, node: SimNode) => Promise<unknown>,
  ): void {
    this.#options.requests.ask(what, MAX_TRIES, async (node) => {
      if (node.engine) await action(node.engine, node);
    });
  }

  #liveRun(): string | undefined {
    const { history, dice } = this.#options;
    const live = [...history.live];
    return live.length > 0 ? dice.pick(live) : undefined;
  }

  #cancelTree(): void {
    const { history, loop, requests } = this.#options;
    const runId = this.#liveRun();
    if (runId === undefined) return requests.done();
    this.#ask("cancel tree", async (engine) => {
      await engine.cancelRun({ runId, children: true });
      history.journal.note(`cancellation of ${runId} and its children acknowledged`);
      if (!history.cancelled.has(runId)) history.cancelled.set(runId, loop.exactNow);
      await checkTreeCancelled(history, runId);
    });
  }

  #filter(): BulkFilter {
    const { dice } = this.#options;
    const filter: BulkFilter = {};
    if (dice.chance(0.5)) filter.functionIds = [dice.pick(this.#slugs), dice.pick(this.#slugs)];
    if (dice.chance(0.3)) filter.expression = "event.data.k == 1";
    return filter;
  }

  #bulkCancel(): void {
    const { dice } = this.#options;
    const filter = this.#filter();
    if (dice.chance(0.2)) filter.statuses = [dice.pick(["queued", "running"] as const)];
    this.#ask("bulk cancel", async (engine) => {
      const { id } = await engine.jobs.start("cancel", filter, "bulk");
      if (dice.chance(0.3)) this.#stopLater(id);
    });
  }

  #stopLater(id: string): void {
    const { dice, requests, log } = this.#options;
    requests.at(dice.fraction() * 100, () => {
      this.#ask("stop", async (engine) => {
        const job = await engine.jobs.stop(id);
        if (job.status === "stopped") log.stopped.add(id);
      });
    });
  }

  #replay(): void {
    const { dice } = this.#options;
    const filter = this.#filter();
    if (dice.chance(0.5))
      filter.statuses = [dice.pick(["completed", "failed", "cancelled", "skipped"] as const)];
    this.#ask("replay", async (engine) => {
      const { id } = await engine.jobs.start("replay", filter, null);
      if (dice.chance(0.3)) this.#stopLater(id);
    });
  }

  /** Of any run, from its beginning or from one of its steps, with other input sometimes. */
  #rerun(): void {
    const { dice, history, requests } = this.#options;
    const runs = [...history.runs.keys()];
    if (runs.length === 0) return requests.done();
    const runId = dice.pick(runs);
    const steps = history.stepsOf(runId);
    const isWhole = steps.length === 0 || dice.chance(0.3);
    const input = dice.chance(0.4) ? { input: [{ edited: dice.int(1, 9) }] } : {};
    const from = isWhole ? undefined : { stepId: hashStepId(dice.pick(steps)), ...input };
    this.#ask("rerun", async (engine) => {
      const made = await engine.rerun({ runId, from });
      history.journal.note(`rerun of ${runId} is ${made.runId}`);
    });
  }

  #pause(): void {
    const { dice, history, log, requests } = this.#options;
    const functionId = dice.pick(this.#slugs);
    const events = dice.pick(["hold", "hold", "skip"] as const);
    const runs = dice.pick(["finish", "hold", "hold", "cancel"] as const);
    requests.at(dice.int(500, 20_000), () => this.#resume(functionId, MAX_TRIES));
    this.#ask("pause", (engine, node) =>
      log.changing(functionId, node, async () => {
        const state = await engine.pauseFunction({ functionId, events, runs });
        history.journal.note(`${node.name} says ${functionId} is paused ${JSON.stringify(state)}`);
        return { events: state.events, runs: state.runs };
      }),
    );
  }

  #resume(functionId: string, tries: number): void {
    const { history, log, requests } = this.#options;
    requests.ask("resume", tries, async (node) => {
      const { engine } = node;
      if (!engine) throw new Error("it has not started");
      await log.changing(functionId, node, async () => {
        await engine.resumeFunction(functionId);
        history.journal.note(`${node.name} says ${functionId} is resumed`);
        return null;
      });
    });
  }

  #limit(): void {
    const { dice, program, requests } = this.#options;
    const limited = program.functions.filter(({ lanes }) => lanes.length > 0);
    if (limited.length === 0) return requests.done();
    const { id, transport, lanes } = dice.pick(limited);
    const limit = `concurrency-${dice.int(1, lanes.length)}`;
    const to = dice.chance(0.3) ? null : { limit: dice.int(1, 4) };
    this.#ask("change a limit", (engine) =>
      engine.limits.set({ functionId: `${apps[transport]}-${id}`, limit }, to),
    );
  }
}
