import { hashStepId } from "@stepfast/protocol";
import type { LoadedRun, RunRow, StepRow } from "@stepfast/store";
import { apps } from "./cast.ts";
import { isEnded } from "./commit-check.ts";
import type { History } from "./history.ts";
import type { Sending } from "./outside.ts";
import type { ProgramFunction } from "./program.ts";
import { UndoEndCheck } from "./undo-end-check.ts";

/** What must be true once nothing happens any more. */
export class EndCheck {
  readonly #history: History;
  readonly #isCalm: boolean;
  readonly #undos: UndoEndCheck;
  readonly #runs = new Map<string, LoadedRun>();
  readonly #functions = new Map<string, ProgramFunction>();
  /** Runs by `event id/function`. */
  readonly #started = new Map<string, RunRow[]>();
  readonly #children = new Map<string, RunRow[]>();

  /** `isCalm`: nothing failed, so nothing may be left behind either. */
  constructor(history: History, isCalm: boolean) {
    this.#history = history;
    this.#isCalm = isCalm;
    this.#undos = new UndoEndCheck(history, isCalm);
    for (const fn of history.program.functions) this.#functions.set(`${apps[fn.transport]}-${fn.id}`, fn);
  }

  async check(sendings: Sending[]): Promise<void> {
    for (const runId of this.#history.runs.keys()) {
      const loaded = this.#history.pruned.get(runId) ?? (await this.#history.store.loadRun(runId));
      if (!loaded) this.#violate("runs-are-kept", `${runId} was committed and is gone`);
      else this.#add(loaded);
    }
    await this.#checkEvents();
    for (const sending of sendings) await this.#checkSending(sending);
    this.#checkEventRuns();
    for (const loaded of this.#runs.values()) this.#checkRun(loaded);
    this.#checkSentOnce();
    for (const { id, state } of await this.#history.store.listGates({ kinds: ["lane"], limit: 400 }))
      this.#violate("no-place-is-lost", `all runs have ended, and ${id} is ${state}`);
  }

  #violate(invariant: string, message: string): void {
    this.#history.journal.violate(invariant, message);
  }

  #add(loaded: LoadedRun): void {
    const { run } = loaded;
    this.#runs.set(run.id, loaded);
    if (run.originalRunId === null) push(this.#started, `${run.eventId}/${run.functionId}`, run);
    if (run.parentRunId !== null) push(this.#children, `${run.parentRunId}/${run.parentStepId}`, run);
  }

  async #checkEvents(): Promise<void> {
    const { events, store } = this.#history;
    const kept = new Set((await store.getEvents([...events.keys()])).map(({ id }) => id));
    for (const { id, name } of events.values())
      if (!kept.has(id) && !this.#history.prunedEvents.has(id))
        this.#violate("events-are-kept", `${name} ${id} was committed and is gone`);
  }

  /** An acknowledged event is there, and answers of one request agree. */
  async #checkSending({ events, acknowledged, seed }: Sending): Promise<void> {
    for (const ids of acknowledged) {
      const found = await this.#history.store.getEvents([...new Set(ids)]);
      const isThere = new Set([...found.map(({ id }) => id), ...this.#history.prunedEvents]);
      if (ids.length !== events.length || ids.some((id) => !isThere.has(id))) {
        this.#violate(
          "acknowledged-events-exist",
          `${JSON.stringify(events)} was acknowledged as ${ids.join()}, but not all exist`,
        );
      }
    }
    if (seed === undefined && events.some(({ id }) => id === undefined)) return;
    const answers = new Set(acknowledged.map((ids) => ids.join()));
    if (answers.size > 1)
      this.#violate("one-id-one-event", `one request was acknowledged as ${[...answers].join(" and as ")}`);
  }

  /** Each event has one run of each function it matches, and no other. */
  #checkEventRuns(): void {
    const byKey = new Map<string, string>();
    for (const event of this.#history.events.values()) {
      if (event.key !== null) {
        const other = byKey.get(event.key);
        if (other) this.#violate("one-id-one-event", `${event.id} and ${other} have the id ${event.key}`);
        byKey.set(event.key, event.id);
      }
      for (const [slug, fn] of this.#functions) this.#checkEventRun(event, slug, fn);
    }
  }

  #checkEventRun(
    event: { id: string; name: string; data: string; ts: number },
    slug: string,
    { trigger }: ProgramFunction,
  ): void {
    if (trigger?.event !== event.name) return;
    const { k } = JSON.parse(event.data) as { k?: unknown };
    const expected = trigger.match === "any" || k === 1 ? 1 : 0;
    const runs = this.#started.get(`${event.id}/${slug}`) ?? [];
    if (runs.length !== expected) {
      this.#violate(
        "one-run-per-event-and-function",
        `${event.name} ${event.id} has ${runs.length} runs of ${slug}, not ${expected}`,
      );
    }
  }

  #checkRun(loaded: LoadedRun): void {
    const { run, messages, waits } = loaded;
    if (!isEnded(loaded)) {
      this.#violate(
        "every-run-ends",
        `${run.id} of ${run.functionId} is ${run.status}: ${JSON.stringify(run)}`,
      );
      return;
    }
    if (run.owner !== null || run.wakeAt !== null) {
      this.#violate(
        "ended-runs-hold-nothing",
        `${run.id} has ended and is ${run.owner}'s, wakes at ${run.wakeAt}`,
      );
    }
    // News that crossed with the end is cleared away afterwards, unless that fails.
    if ((this.#isCalm && messages.length > 0) || waits.length > 0) {
      this.#violate(
        "ended-runs-hold-nothing",
        `${run.id} has ended with ${messages.length} messages and ${waits.length} waits`,
      );
    }
    if (run.status === "skipped") return;
    this.#checkSystemEvents(loaded);
    this.#checkOutput(loaded);
    this.#checkAttempts(loaded);
    for (const step of loaded.steps) this.#checkStep(loaded, step);
    this.#undos.check(loaded);
  }

  #checkSystemEvents(loaded: LoadedRun): void {
    const { run } = loaded;
    const trigger = this.#history.events.get(run.eventId);
    const own = [...this.#history.events.values()].filter((event) => event.runId === run.id);
    const isSilent =
      trigger !== undefined && /^inngest\/function\.(finished|failed|cancelled)$/.test(trigger.name);
    for (const status of ["failed", "cancelled"]) {
      const found = own.filter((event) => event.name === `inngest/function.${status}`).length;
      const expected = run.status === status && !isSilent ? 1 : 0;
      if (found !== expected)
        this.#violate(
          "one-terminal-event",
          `${run.id} is ${run.status} and has ${found} events of "${status}"`,
        );
    }
    if (run.status === "cancelled") this.#checkCancelled(loaded, own);
    const fn = this.#functions.get(run.functionId);
    if (run.status !== "failed" || !fn?.onFailure || isSilent) return;
    const event = own.find(({ name }) => name === "inngest/function.failed");
    const handlers = event ? (this.#started.get(`${event.id}/${run.functionId}-failure`) ?? []) : [];
    if (handlers.length !== 1)
      this.#violate("failures-are-handled-once", `${run.id} failed and has ${handlers.length} handler runs`);
  }

  /** Whoever cleans up after a cancelled run is told what its completed steps returned. */
  #checkCancelled({ run, steps }: LoadedRun, own: { name: string; data: string }[]): void {
    const event = own.find(({ name }) => name === "inngest/function.cancelled");
    if (!event) return;
    const told = (JSON.parse(event.data) as { steps?: Record<string, unknown> }).steps ?? {};
    const expected: Record<string, unknown> = {};
    for (const step of steps.toSorted((a, b) => (a.settledNo ?? 0) - (b.settledNo ?? 0)))
      if (step.status === "completed" && step.settledNo !== null && step.output !== null)
        expected[step.userId] =
          step.op === "WaitForEvent" ? JSON.parse(step.output) : outputValue(step.output);
    const [a, b] = [told, expected].map((value) => JSON.stringify(Object.entries(value).sort()));
    if (a !== b) this.#violate("cancelled-tells-what-was-done", `${run.id} told ${a}, it did ${b}`);
  }

  /** A completed run's output is what some pass returned, and that pass saw what is recorded. */
  #checkOutput({ run, steps }: LoadedRun): void {
    if (run.status !== "completed") return;
    const { pass: no } = JSON.parse(run.output ?? "null") as { pass: number };
    const pass = this.#history.ledger.passes[no];
    if (!pass || pass.runId !== run.id || pass.outcome?.kind !== "returned") {
      this.#violate(
        "output-is-what-was-returned",
        `${run.id} completed with ${run.output}, which no pass returned`,
      );
      return;
    }
    const known = new Map(steps.map((step) => [step.stepId, step]));
    for (const [stepId, value] of pass.seen) {
      const recorded = known.get(hashStepId(stepId))?.output;
      if (stepId.startsWith("flipped-"))
        this.#violate("replay-settles-in-order", `${run.id}: another branch won in ${stepId}`);
      else if (
        recorded === undefined ||
        recorded === null ||
        JSON.stringify(outputValue(recorded)) !== JSON.stringify(value)
      ) {
        this.#violate(
          "code-saw-what-is-recorded",
          `${run.id} saw ${JSON.stringify(value)} of ${stepId}, recorded is ${recorded}`,
        );
      }
    }
    this.#checkDefers(run, steps, pass.defers);
  }

  /** In a run that completed, what the last pass deferred has run, and what it cancelled has not. */
  #checkDefers(run: RunRow, steps: StepRow[], defers: Map<string, boolean>): void {
    for (const [id, isCancelled] of defers) {
      const op = this.#history.op(id);
      if (op?.kind !== "defer") continue;
      const expected = !isCancelled && (op.when === "always" || op.when === "success") ? 1 : 0;
      const found = (this.#children.get(`${run.id}/${hashStepId(id)}`) ?? []).length;
      const status = steps.find((step) => step.stepId === hashStepId(id))?.status;
      if (found !== expected)
        this.#violate(
          "defers-fire-once",
          `${run.id} completed; ${id} (${status}) has ${found} runs, not ${expected}`,
        );
    }
  }

  #checkStep({ run }: LoadedRun, step: StepRow): void {
    const children = this.#children.get(`${run.id}/${step.stepId}`) ?? [];
    if (step.op === "DeferAdd") {
      this.#checkWhen(run, step);
      const expected = step.status === "started" ? 1 : 0;
      if (children.length !== expected || step.status === "scheduled") {
        this.#violate(
          "defers-fire-once",
          `${step.userId} of ${run.id} is ${step.status} and has ${children.length} runs`,
        );
      }
      return;
    }
    this.#checkEdited(run, step);
    if (step.op === "InvokeFunction") this.#checkInvoke(run, step, children);
  }

  /** What a rerun was given for a step is what its body got. */
  #checkEdited(run: RunRow, step: StepRow): void {
    const { editedInput } = JSON.parse(step.opts ?? "{}") as { editedInput?: { edited: number }[] };
    if (!editedInput || step.op !== "StepRun" || step.status !== "completed") return;
    if (this.#history.op(step.userId)?.kind !== "run" || this.#history.isKept(run.id, step.stepId)) return;
    const { data } = JSON.parse(step.output ?? "{}") as { data?: { edited?: number } };
    if (data?.edited !== editedInput[0]?.edited)
      this.#violate("edited-input-is-used", `${step.userId} of ${run.id} came to ${step.output}`);
  }

  #checkWhen({ id, status }: RunRow, step: StepRow): void {
    const op = this.#history.op(step.userId);
    if (op?.kind !== "defer" || step.status === "rejected") return;
    const ends = { always: status, success: "completed", failure: "failed", cancelled: "cancelled" };
    const isDue = ends[op.when] === status;
    const isCancelled = op.cancel && step.status === "aborted";
    if (isCancelled || isDue === (step.status === "started")) return;
    this.#violate(
      "defers-fire-once",
      `${step.userId} of ${id} (${status}) is ${step.status}, when: ${op.when}`,
    );
  }

  #checkInvoke(run: RunRow, step: StepRow, children: RunRow[]): void {
    const expected = step.childRunId === null ? 0 : 1;
    if (children.length !== expected) {
      this.#violate(
        "one-run-per-invoke",
        `${step.userId} of ${run.id} has ${children.length} runs, not ${expected}`,
      );
    }
    const [child] = children;
    if (!child || (step.status !== "completed" && step.status !== "failed")) return;
    const value = JSON.parse(step.output ?? "null") as { data?: unknown; error?: { name?: string } };
    if (value.error?.name === "InngestInvokeTimeoutError") return;
    if (child.status === "skipped" && value.error?.name === "RunSkipped") return;
    const result = child.status === "completed" ? value.data : value.error;
    if (JSON.stringify(result) !== child.output) {
      this.#violate(
        "parent-gets-the-childs-result",
        `${step.userId} of ${run.id} got ${step.output}, the child ended with ${child.output}`,
      );
    }
  }

  #checkAttempts({ run, steps }: LoadedRun): void {
    const fn =
      this.#functions.get(run.functionId) ?? this.#functions.get(run.functionId.replace(/-failure$/, ""));
    const retries = run.functionId.endsWith("-failure") ? 1 : (fn?.retries ?? 0);
    for (const step of steps) {
      if (step.attempt > retries)
        this.#violate(
          "attempts-are-limited",
          `${step.userId} of ${run.id} has attempt ${step.attempt} of ${retries + 1}`,
        );
    }
  }

  /** An event that a step sends exists once, and is there if the step is. */
  #checkSentOnce(): void {
    const byTag = new Map<string, number>();
    for (const { data } of this.#history.events.values()) {
      const { tag } = JSON.parse(data) as { tag?: string };
      if (tag !== undefined) byTag.set(tag, (byTag.get(tag) ?? 0) + 1);
    }
    for (const { run, steps } of this.#runs.values()) {
      for (const step of steps) {
        if (this.#history.op(step.userId)?.kind !== "send") continue;
        if (this.#history.isKept(run.id, step.stepId)) continue;
        const count = byTag.get(`${run.id}/${step.userId}`) ?? 0;
        if (count > 1 || (step.status === "completed" && count !== 1)) {
          this.#violate(
            "steps-send-once",
            `${step.userId} of ${run.id} is ${step.status} and sent ${count} events`,
          );
        }
      }
    }
  }
}

function outputValue(output: string): unknown {
  const value = JSON.parse(output) as unknown;
  if (typeof value !== "object" || value === null) return value;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === "data" ? (value as { data: unknown }).data : value;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
