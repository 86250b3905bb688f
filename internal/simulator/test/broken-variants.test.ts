import type { Store } from "@stepfast/store";
import { describe, expect, it } from "vitest";
import { simulate } from "../src/simulation.ts";
import {
  changingRuns,
  changingSteps,
  storeChanging,
  storePruning,
  storeWith,
  withoutGuards,
} from "./broken-store.ts";

/** What is wrong with the store, and the promises of which at least one must be seen to break. */
interface Variant {
  name: string;
  disturb: (store: Store) => Store;
  breaks: string[];
}

const MAX_SEEDS = 150;

const variants: Variant[] = [
  {
    name: "loses the results of steps",
    disturb: changingSteps((step) => (step.status === "completed" && step.no % 3 === 1 ? [] : [step])),
    breaks: [
      "every-run-ends",
      "changes-make-sense",
      "code-saw-what-is-recorded",
      "steps-send-once",
      "cancelled-tells-what-was-done",
    ],
  },
  {
    name: "records another result than the step's",
    disturb: changingSteps((step) =>
      step.status === "completed" && step.op === "StepRun" ? [{ ...step, output: '{"data":1}' }] : [step],
    ),
    breaks: ["result-is-what-ran"],
  },
  {
    name: "acknowledges events that it does not keep",
    disturb: storeWith(async (changes, carryOut) => {
      const isLost = changes.events?.some(({ id, runId }) => runId === null && id.endsWith("5"));
      return isLost ? { ok: true } : carryOut(changes);
    }),
    breaks: [
      "acknowledged-events-exist",
      "events-are-kept",
      "call-belongs-to-a-run",
      "body-belongs-to-a-run",
      "wait-not-missed",
    ],
  },
  {
    name: "forgets when a run wants to wake up",
    disturb: changingRuns((patch) => (patch.owner === null ? { ...patch, wakeAt: null } : patch)),
    breaks: ["live-run-has-wake-up", "every-run-ends"],
  },
  {
    name: "carries a change-set out twice",
    disturb: storeChanging((changes) => ({
      ...changes,
      newRuns: changes.newRuns?.flatMap((run) => [run, { ...run, id: `${run.id}X` }]),
    })),
    breaks: [
      "one-run-per-event-and-function",
      "one-run-per-invoke",
      "parent-gets-the-childs-result",
      "every-run-ends",
      "pruning-counts",
      "jobs-keep-to-their-filter",
    ],
  },
  {
    name: "takes writes of nodes that lost the run",
    disturb: withoutGuards("lease"),
    breaks: ["stale-node-writes-nothing", "ended-run-is-final", "step-recorded-once", "changes-make-sense"],
  },
  {
    name: "does not tell that another node was at a gate",
    disturb: withoutGuards("gate"),
    breaks: [
      "limits-are-kept",
      "no-place-is-lost",
      "every-run-ends",
      "stopped-jobs-stop",
      "nothing-runs-in-circles",
      "changes-make-sense",
    ],
  },
  {
    name: "does not tell that a wait was opened meanwhile",
    disturb: withoutGuards("waits"),
    breaks: ["wait-not-missed"],
  },
  {
    name: "changes what a run returned",
    disturb: changingRuns((patch) =>
      patch.status === "completed" ? { ...patch, output: '{"pass":0}' } : patch,
    ),
    breaks: ["output-is-what-was-returned", "code-saw-what-is-recorded", "parent-gets-the-childs-result"],
  },
  {
    name: "loses messages to runs",
    disturb: storeChanging(({ messages: _, ...changes }) => changes),
    breaks: [
      "every-run-ends",
      "parent-gets-the-childs-result",
      "cancel-stops-steps",
      "wait-not-missed",
      "no-place-is-lost",
    ],
  },
  {
    name: "claims no keys",
    disturb: storeChanging(({ keys: _, ...changes }) => changes),
    breaks: ["one-id-one-event"],
  },
  {
    name: "keeps the waits of runs that have ended",
    disturb: storeChanging(({ endedWaits: _, ...changes }) => changes),
    breaks: ["ended-runs-hold-nothing"],
  },
  {
    name: "loses the events that ends are announced with",
    disturb: storeChanging((changes) => ({
      ...changes,
      events: changes.events?.filter(({ name }) => changes.newRuns || name !== "inngest/function.failed"),
    })),
    breaks: ["events-are-kept"],
  },
  {
    name: "loses deferred runs",
    disturb: storeChanging((changes) => ({
      ...changes,
      newRuns: changes.newRuns?.filter(({ origin }) => origin !== "defer"),
    })),
    breaks: ["defers-fire-once", "call-belongs-to-a-run", "body-belongs-to-a-run"],
  },
  {
    name: "wakes sleepers early",
    disturb: changingSteps((step) =>
      step.op === "Sleep" && step.dueAt !== null ? [{ ...step, dueAt: step.dueAt - 1_000 }] : [step],
    ),
    breaks: ["sleep-not-early"],
  },
];

const operated: Variant[] = [
  {
    name: "forgets how steps are undone",
    disturb: changingSteps((step) => [
      { ...step, opts: step.opts?.replace('"rollback":true', '"rollback":false') ?? null },
    ]),
    breaks: ["completed-steps-are-undone"],
  },
  {
    name: "prunes what is young",
    disturb: storePruning((params) => ({ ...params, endedBefore: YOUNG })),
    breaks: ["only-what-is-old-is-pruned"],
  },
];

const LATER_MS = Date.UTC(2100, 0, 1);
const YOUNG = { completed: LATER_MS, failed: LATER_MS, cancelled: LATER_MS, skipped: LATER_MS };

/** The first promise of a list of seeds that was broken. */
async function firstViolation(disturb: Variant["disturb"]): Promise<string | undefined> {
  for (let seed = 1; seed <= MAX_SEEDS; seed++) {
    const { violations } = await simulate(`broken-${seed}`, { disturb });
    if (violations[0]) return violations[0].invariant;
  }
  return undefined;
}

describe("a store that does what it is told", () => {
  it("is not suspected", async () => {
    const seeds = Array.from({ length: 30 }, (_, i) => `broken-${i + 1}`);
    for (const seed of seeds) {
      const { violations } = await simulate(seed, { disturb: storeChanging((changes) => changes) });
      expect(violations, seed).toEqual([]);
    }
  }, 120_000);
});

describe("a store that breaks its promises is found out when it", () => {
  for (const { name, disturb, breaks } of [...variants, ...operated]) {
    it(name, async () => expect(breaks).toContain(await firstViolation(disturb)), 120_000);
  }
});
