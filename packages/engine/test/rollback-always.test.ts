import { type CallAnswer, hashStepId, type Op, rolledBackStep } from "@stepfast/protocol";
import { describe, expect, it } from "vitest";
import { settle } from "./fake-clock.ts";
import { complete, memo, ops, RemoteApp, ran } from "./remote-app.ts";

const charge: Op = {
  id: hashStepId("charge"),
  op: "StepPlanned",
  displayName: "charge",
  opts: { rollback: true, rollbackAlways: true },
};

/** A function of one step, which is recorded before it begins; what its body comes to is up to the test. */
class Till extends RemoteApp {
  /** What rollbacks were given. */
  readonly undone: unknown[] = [];
  body: () => Promise<CallAnswer> = async () => ops({ ...ran("charge", "ch_1"), opts: charge.opts });

  async open(): Promise<void> {
    await this.register([
      {
        id: "app-till",
        retries: 0,
        triggers: [{ event: "go" }],
        script: async (request, { stepId }) => {
          if (rolledBackStep(stepId) !== undefined) {
            this.undone.push(memo(request, "charge") ?? "unknown");
            return ops({ id: stepId, op: "StepRun", data: null });
          }
          if (stepId === charge.id) return this.body();
          const value = memo(request, "charge") as { error?: { message: string } } | undefined;
          if (value === undefined) return ops(charge);
          if (value.error) return { kind: "error", error: { name: "Error", ...value.error }, noRetry: true };
          return complete("done");
        },
      },
    ]);
    await this.send("go");
  }
}

describe("a step that is to be undone whatever became of it", () => {
  it("is, where its process died and its run was cancelled", async () => {
    const till = new Till({ leaseMs: 3_000 });
    till.body = () => new Promise(() => {});
    await till.open();
    const { id } = await till.onlyRun("app-till");
    void till.engine.cancelRun({ runId: id }).catch(() => {});
    await settle();
    till.engine.crash();
    const other = till.takeOver();
    await other.start();
    await till.clock.advance(30_000);

    expect(till.undone).toEqual(["unknown"]);
    expect((await till.onlyRun("app-till")).status).toBe("cancelled");
    const loaded = await till.store.loadRun(id);
    expect(loaded?.steps.find((step) => step.op === "Rollback")?.status).toBe("completed");
  });

  it("is, where it failed for good", async () => {
    const till = new Till();
    const error = { name: "Error", message: "timed out" };
    till.body = async () => ({ ...ops({ ...charge, op: "StepFailed", error }), noRetry: true }) as CallAnswer;
    await till.open();
    await till.clock.advance(1_000);

    expect(till.undone).toEqual([{ error }]);
    expect((await till.onlyRun("app-till")).status).toBe("failed");
  });

  it("is not, where the run succeeded", async () => {
    const till = new Till();
    await till.open();
    await till.clock.advance(1_000);

    expect((await till.onlyRun("app-till")).status).toBe("completed");
    expect(till.undone).toEqual([]);
  });
});
