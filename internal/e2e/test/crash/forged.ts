import type { Span, Trace } from "@stepfast/server";
import { Inngest } from "stepfast";
import type { ApiEvent, ApiJob, ApiRun } from "../../src/campaign/api.ts";
import { calledApp } from "../../src/campaign/app-under-test.ts";
import type { Evidence } from "../../src/campaign/evidence.ts";
import { Ledger, parseLedger, whole } from "../../src/campaign/ledger.ts";
import { AUDITOR } from "../../src/campaign/scenarios/audit.ts";
import { allScenarios } from "../../src/campaign/scenarios/index.ts";
import { workshop } from "../../src/campaign/workshop.ts";
import { withoutZombies } from "../../src/campaign/zombies.ts";
import type { CrashEvidence } from "../../src/crash/report.ts";

const blank: Omit<Span, "id" | "name" | "children"> = {
  status: "COMPLETED",
  stepOp: null,
  stepId: null,
  attempts: 0,
  queuedAt: null,
  startedAt: null,
  endedAt: null,
  durationMs: null,
};

/** Full id of a function of the app. */
export function slug(id: string): string {
  return `${calledApp.id}-${id}`;
}

/** A story that might have happened, written by hand: what the ledger says, and what the API says. */
export class Forgery {
  /** Lines of the ledger. */
  journal: string[] = [];
  events: ApiEvent[] = [];
  runs: ApiRun[] = [];
  courier: Evidence["courier"] = { receipts: [], cancellations: [], doubtful: [], sightings: [], bulks: [] };
  jobs: ApiJob[] = [];
  kills: CrashEvidence["kills"] = [];
  readonly #traces = new Map<string, Trace>();

  event(id: string, name: string, data: ApiEvent["data"]): void {
    this.events.push({ internal_id: id, name, data });
  }

  /** An event of the driver's, acknowledged. */
  sent(id: string, name: string, data: ApiEvent["data"]): void {
    this.event(id, name, data);
    this.courier.receipts.push({ name, key: String(data.key), eventId: id });
  }

  run(id: string, fn: string, about: Partial<ApiRun> & { eventId: string }): void {
    const { eventId, ...rest } = about;
    const trigger = {
      eventIds: [eventId],
      eventName: this.events.find((event) => event.internal_id === eventId)?.name ?? null,
    };
    const run = { id, function: { id: fn }, status: "COMPLETED", origin: "event", trigger, parent: null };
    this.runs.push({ ...run, ...rest });
    this.#traces.set(id, {
      runId: id,
      rootSpan: { ...blank, id, name: fn, children: [] },
      defers: [],
      parent: null,
      waiting: [],
      fork: null,
      forks: [],
      hasMoreForks: false,
    });
  }

  /** What happens at each run's end: it is announced, and the auditor hears of it. */
  finished(runId: string): void {
    this.event(`end-of-${runId}`, "inngest/function.finished", { run_id: runId });
    const auditId = `audit-of-${runId}`;
    this.run(auditId, AUDITOR, { eventId: `end-of-${runId}`, output: { audit: `seen-${runId}` } });
    this.executed(auditId, "audit", 0, `seen-${runId}`);
    this.recorded(auditId, "audit", `seen-${runId}`);
  }

  executed(runId: string, step: string, attempt: number, value: string): void {
    this.journal.push(
      `begin ${runId} ${step} ${attempt} ${value}`,
      `end ${runId} ${step} ${attempt} ${value}`,
    );
  }

  /** Records a step by its result and the values of the attempts that failed before. */
  recorded(runId: string, step: string, result: string, failures: string[] = []): void {
    const spanOf = (value: string, attempt: number): Span => {
      const isFailed = attempt < failures.length;
      const span: Span = { ...blank, id: `${runId}.${step}.${attempt}`, name: "", children: [] };
      return isFailed ? { ...span, status: "FAILED", error: { name: "Error", message: value } } : span;
    };
    const children = [...failures, result].map(spanOf);
    const about = { id: `${runId}.${step}`, name: step, stepOp: "RUN", stepId: step };
    const steps = this.trace(runId).rootSpan.children;
    const others = steps.filter(({ name }) => name !== step);
    this.trace(runId).rootSpan.children = [...others, { ...blank, ...about, output: result, children }];
  }

  trace(runId: string): Trace {
    const trace = this.#traces.get(runId);
    if (!trace) throw new Error(`there is no run ${runId}`);
    return trace;
  }

  find(runId: string): ApiRun {
    const run = this.runs.find(({ id }) => id === runId);
    if (!run) throw new Error(`there is no run ${runId}`);
    return run;
  }

  get ledgerBytes(): number {
    return this.#ledgerText.length;
  }

  get evidence(): CrashEvidence {
    const { events, runs, courier, kills } = this;
    const scenarios = allScenarios(workshop(new Inngest({ id: calledApp.id }), new Ledger("/dev/null")));
    const executions = withoutZombies(parseLedger(this.#ledgerText));
    return { scenarios, courier, kills, executions, events, runs, traces: this.#traces, jobs: this.jobs };
  }

  get #ledgerText(): string {
    return `${whole(this.journal)}\n`;
  }
}

/**
 * A good story: `seq` runs its steps, the first of them cut off by a kill and executed again; `order` defers `undo`,
 * which fails once; `long` is cancelled after its first step.
 */
export function goodStory(): Forgery {
  const story = new Forgery();
  tellSequence(story);
  tellSaga(story);
  tellMarathon(story);
  return story;
}

function tellSequence(story: Forgery): void {
  story.sent("e-seq", "work/sequence", { key: "k1", failures: 1, napMs: 1, pauseMs: 0 });
  const output = { first: "v-first", flaky: "v-flaky", second: "v-second", third: "v-third", last: "v-last" };
  story.run("seq", slug("sequence"), { eventId: "e-seq", output });
  story.journal.push("begin seq first 0 v-cut-off");
  story.kills.push({ fromByte: 0, toByte: story.ledgerBytes, isEarly: false });
  for (const [step, value] of Object.entries(output)) {
    const failures = step === "flaky" ? ["v-flaky-failed"] : [];
    for (const [attempt, each] of [...failures, value].entries()) story.executed("seq", step, attempt, each);
    story.recorded("seq", step, value, failures);
  }
  story.finished("seq");
}

function tellSaga(story: Forgery): void {
  story.sent("e-order", "work/saga", { key: "k2", fate: "kept" });
  const output = { reserve: "v-reserve", pay: "v-pay", ship: "v-ship", thank: "v-thank" };
  story.run("order", slug("order"), { eventId: "e-order", output });
  for (const [step, value] of Object.entries(output)) {
    story.executed("order", step, 0, value);
    story.recorded("order", step, value);
  }
  story.finished("order");
  story.event("e-undo", "inngest/deferred.schedule", {});
  const parent = { runId: "order" };
  story.run("undo", slug("release"), { eventId: "e-undo", parent, output: { undo: "v-undo" } });
  story.executed("undo", "undo", 0, "v-undo-failed");
  story.executed("undo", "undo", 1, "v-undo");
  story.recorded("undo", "undo", "v-undo", ["v-undo-failed"]);
  story.finished("undo");
}

function tellMarathon(story: Forgery): void {
  story.sent("e-long", "work/marathon", { key: "k3" });
  story.run("long", slug("marathon"), { eventId: "e-long", status: "CANCELLED" });
  story.executed("long", "s0", 0, "v-s0");
  story.recorded("long", "s0", "v-s0");
  story.courier.cancellations.push({ runId: "long", ledgerBytes: story.ledgerBytes });
  story.finished("long");
}
