import { type CallAnswer, type CallRequest, hashStepId, type Op, rolledBackStep } from "@stepfast/protocol";
import type { RunRow, StepRow } from "@stepfast/store";
import { ops, RemoteApp, type RemoteAppOptions, ran, sleep } from "./remote-app.ts";

export const saga = "app-saga";
const steps = ["charge", "reserve", "ship"];

export interface SagaPlan {
  /** The step that fails for good; none: all go well. */
  fails?: string;
  /** Attempts of rollbacks that fail before one goes well, by step; 99: all. */
  undoFails?: Record<string, number>;
  /** The function sleeps for an hour before this step. */
  sleepsBefore?: string;
}

/** A function of three steps, each with a rollback, behind a scripted transport; and what was done outside of it. */
export class SagaApp extends RemoteApp {
  /** `charge`, `undo charge`, … in order. */
  readonly did: string[] = [];
  readonly attempts: string[] = [];
  readonly plan: SagaPlan;
  /** Called before each body; a promise it returns holds the body up. */
  before: (what: string) => Promise<void> | undefined = () => undefined;

  constructor(plan: SagaPlan = {}, options: RemoteAppOptions = {}) {
    super(options);
    this.plan = plan;
  }

  /** Holds up the bodies of a step that start from now on: the last of them goes on when the function that is returned is called. */
  holdUp(held: string): () => void {
    let open = () => {};
    const wait = () =>
      new Promise<void>((resolve) => {
        open = resolve;
      });
    this.before = (what) => (what === held ? wait() : undefined);
    return () => {
      this.before = () => undefined;
      open();
    };
  }

  async begin(config: object = {}): Promise<void> {
    await this.register([
      {
        id: saga,
        triggers: [{ event: "go" }],
        script: (request, call) => this.#answer(request, call.stepId),
        ...config,
      },
    ]);
    await this.send("go");
  }

  async #answer(request: CallRequest, stepId: string): Promise<CallAnswer> {
    const undone = rolledBackStep(stepId);
    if (undone !== undefined) return this.#undo(request, undone);
    for (const id of steps) {
      if (id === this.plan.sleepsBefore && request.steps[hashStepId("nap")] === undefined)
        return ops(sleep("nap", "1h"));
      if (request.steps[hashStepId(id)] === undefined) return this.#do(id);
    }
    return { kind: "complete", output: "shipped" };
  }

  async #do(id: string): Promise<CallAnswer> {
    await this.before(id);
    if (this.plan.fails === id) {
      const op: Op = { ...ran(id, null), op: "StepFailed", error: { name: "Error", message: `no ${id}` } };
      return { kind: "error", error: op.error ?? { name: "Error", message: "" }, noRetry: true };
    }
    this.did.push(id);
    return ops({ ...ran(id, `${id}-1`), opts: { rollback: true } });
  }

  async #undo(request: CallRequest, stepId: string): Promise<CallAnswer> {
    const id = steps.find((name) => hashStepId(name) === stepId) ?? "?";
    await this.before(`undo ${id}`);
    this.attempts.push(`${id} ${request.ctx.attempt}`);
    if (request.ctx.attempt < (this.plan.undoFails?.[id] ?? 0))
      return { kind: "error", error: { name: "Error", message: `cannot undo ${id}` }, noRetry: false };
    this.did.push(`undo ${id}`);
    return ops({ id: `rollback:${stepId}`, op: "StepRun", displayName: `${id} rollback`, data: null });
  }

  async load(): Promise<{ run: RunRow; steps: StepRow[] }> {
    const loaded = await this.store.loadRun((await this.onlyRun(saga)).id);
    if (!loaded) throw new Error("the run is gone");
    return loaded;
  }

  /** The row that stands for the whole of it. */
  async rollback(): Promise<StepRow | undefined> {
    return (await this.load()).steps.find((step) => step.op === "Rollback");
  }
}
