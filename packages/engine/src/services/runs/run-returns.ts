import type { LoadedRun, MessageRow, RunRow, Store } from "@stepfast/store";
import { readReason } from "../../domain/decide.ts";
import { parseFlow, type RunFlow } from "../../domain/flow/run-flow.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Publisher } from "../events/publisher.ts";
import type { Claimer } from "./claimer.ts";

export const RECOVER_MS = 1_000;
const STRAYS_PAGE = 400;

type ReturnPatch = Pick<RunRow, "wakeAt" | "blocked"> & Partial<Pick<RunRow, "cancel">>;

export interface RunReturnsOptions {
  store: Store;
  clock: Clock;
  log: Log;
  owner: () => string;
  isOpen: () => boolean;
  /** In which epoch the run is in this node's memory; null: it is not. */
  epochHere: (runId: string) => number | null;
  /** Whether it is on its way there. */
  expects: (runId: string) => boolean;
  claimer: () => Claimer;
  publisher: () => Publisher;
}

/** Gives back to the store what this node cannot go on with. */
export class RunReturns {
  readonly #options: RunReturnsOptions;

  constructor(options: RunReturnsOptions) {
    this.#options = options;
  }

  /**
   * Lets go of a run whose state here is in doubt, again and again until the store answers. Writes that are on their way
   * come before this one, and later ones are refused: claimed anew, the run is in another epoch. `patch`: when it is to be
   * claimed, at once unless told.
   */
  async handBack(run: Pick<RunRow, "id" | "epoch">, patch?: ReturnPatch): Promise<void> {
    const { clock, log, isOpen, epochHere, claimer } = this.#options;
    const here = epochHere(run.id);
    if (!isOpen() || (here !== null && here >= run.epoch)) return;
    try {
      if (here !== null) throw new Error("It has not left yet");
      const { wakeAt, blocked } = patch ?? { wakeAt: clock.now(), blocked: null };
      await this.#release(run, { wakeAt, blocked });
      if (wakeAt !== null && wakeAt > clock.now()) claimer().wakeBy(wakeAt);
      else claimer().claimSoon();
    } catch (error) {
      log.warn("a run could not be handed back; trying again", { runId: run.id, error: String(error) });
      clock.after(RECOVER_MS, () => void this.handBack(run, patch));
    }
  }

  /** A claim whose answer was lost left runs with this session that nobody here knows of. */
  async handBackStrays(): Promise<void> {
    const { store, owner, expects } = this.#options;
    const status: RunRow["status"][] = ["queued", "running"];
    let cursor: string | undefined;
    do {
      const page = await store.listRuns({ status, order: "asc", limit: STRAYS_PAGE, cursor });
      for (const run of page) {
        if (run.owner === owner() && !expects(run.id)) void this.handBack(run);
      }
      cursor = page.length === STRAYS_PAGE ? page.at(-1)?.id : undefined;
    } while (cursor !== undefined);
  }

  /**
   * The run waits until its function is registered or resumed, or a worker that has it comes; what it held of the function's gates is
   * free. A cancellation is taken in: it takes effect then, because there are steps to undo.
   */
  async parkBlocked({ run, messages }: LoadedRun, blocked: string): Promise<void> {
    const deadlines = [run.finishBy, run.startedAt === null ? run.startBy : null].filter((at) => at !== null);
    // One that is over is no reason to look again: it is the code that is missing.
    const ahead = deadlines.filter((at) => at > this.#options.clock.now());
    const wakeAt = ahead.length > 0 ? Math.min(...ahead) : null;
    const cancels = messages.filter((message) => message.kind === "cancel");
    const own = cancelPatch(run, cancels);
    const slots = messages.filter((message) => message.kind === "slot");
    const flow = parseFlow(run.flow);
    if (flow && flow.held + slots.length > 0)
      await this.#giveUpPlaces(run, flow, [...slots, ...cancels], { ...own, wakeAt, blocked });
    else await this.#release(run, { ...own, wakeAt, blocked }, cancels);
    if (wakeAt !== null) this.#options.claimer().wakeBy(wakeAt);
  }

  async #release(
    { id, epoch }: Pick<RunRow, "id" | "epoch">,
    patch: ReturnPatch,
    consumed: MessageRow[] = [],
  ): Promise<void> {
    const guards = [{ kind: "lease" as const, runId: id, owner: this.#options.owner(), epoch }];
    const runs = [{ id, owner: null, ...patch }];
    await this.#options.store.commit({ guards, consumed: consumed.map(keyOf), runs });
  }

  /** Also those that it was granted and has not heard of. */
  async #giveUpPlaces(run: RunRow, flow: RunFlow, consumed: MessageRow[], patch: ReturnPatch): Promise<void> {
    const { owner, publisher } = this.#options;
    const { id, epoch } = run;
    const slots = consumed.filter((message) => message.kind === "slot").length;
    const places = flow.held + slots;
    const left = { ...flow, started: flow.started || slots > 0, held: 0 };
    const own = {
      guards: [{ kind: "lease" as const, runId: id, owner: owner(), epoch }],
      consumed: consumed.map(keyOf),
      runs: [{ id, owner: null, flow: JSON.stringify(left), ...patch }],
    };
    const leave = { kind: "leave" as const, runId: id, flow: left, places, isEnded: false };
    await publisher().publish([], own, { gateWork: [leave] });
  }
}

function keyOf({ runId, id }: MessageRow): { runId: string; id: string } {
  return { runId, id };
}

function cancelPatch(run: RunRow, [first]: MessageRow[]): Partial<Pick<RunRow, "cancel">> {
  if (!first || run.cancel !== null) return {};
  return { cancel: JSON.stringify({ at: first.createdAt, reason: readReason(first.payload) }) };
}
