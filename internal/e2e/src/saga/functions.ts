import {
  type Inngest,
  type InngestFunction,
  NonRetriableError,
  type StepContext,
  type StepTools,
} from "stepfast";
import { createDefer } from "stepfast/experimental";
import type { Deed, Ledger } from "./ledger.ts";
import type { Order, Point } from "./order.ts";

/** Of a run that is killed in its sleep. */
const ASLEEP_MS = 1_000;

export interface SagaTools {
  client: Inngest;
  ledger: Ledger;
  cancel(runId: string): Promise<void>;
}

/** What happens to orders at the points that their fates name. */
function stagesOf({ ledger, cancel }: Pick<SagaTools, "ledger" | "cancel">) {
  const meet = async (order: Order, point: Point, runId: string) => {
    const { kill, cancel: stop, fail } = order.fate;
    if (kill === point && ledger.first(`${order.id} kill`)) process.kill(process.pid, "SIGKILL");
    // A run that was cancelled does not come here again.
    if (stop === point) await cancel(runId);
    if (fail === point) throw new NonRetriableError(`fails ${point}`);
  };
  /** Between two steps, for long enough to be cancelled or killed there. */
  const rest = async (order: Order, step: StepTools) => {
    const { kill, cancel: stop } = order.fate;
    if (kill === "asleep" && ledger.first(`${order.id} kill`))
      setTimeout(() => process.kill(process.pid, "SIGKILL"), ASLEEP_MS / 4);
    await step.sleep("rest", stop === "asleep" ? "1h" : kill === "asleep" ? ASLEEP_MS : 1);
  };
  /** A body that does something outside, once for each key. */
  const deed = (order: Order, what: Deed, runId: string) => async (context: StepContext) => {
    await meet(order, `before ${what}`, runId);
    ledger.do(order.id, what, context.idempotencyKey);
    await meet(order, `after ${what}`, runId);
    return what;
  };
  return { meet, rest, deed };
}

/** The order saga in its three forms. */
export function sagaFunctions({ client, ledger, cancel }: SagaTools): InngestFunction[] {
  const { rest, meet, deed } = stagesOf({ ledger, cancel });

  // A step may be done although its run never heard of it: a cleanup that is registered beforehand looks first.
  const cleanUp = (what: Deed, undo: Deed) =>
    createDefer(client, { id: undo }, async ({ event, step, runId }) => {
      const order = event.data as Order;
      if (ledger.count(order.id, what) > 0) await step.run(undo, deed(order, undo, runId));
    });
  const refund = cleanUp("charge", "refund");
  const release = cleanUp("reserve", "release");
  const recall = cleanUp("ship", "recall");
  const retries = 4 as const;

  const cancelForm = client.createFunction(
    { id: "cancel", retries },
    { event: "order/cancel" },
    async ({ event, step, defer, runId }) => {
      const order = event.data as Order;
      const handles = [defer("refund", { function: refund, data: order })];
      await step.run("charge", deed(order, "charge", runId));
      handles.push(defer("release", { function: release, data: order }));
      await step.run("reserve", deed(order, "reserve", runId));
      await rest(order, step);
      handles.push(defer("recall", { function: recall, data: order }));
      await step.run("ship", deed(order, "ship", runId));
      await meet(order, "end", runId);
      for (const handle of handles) handle.cancel();
    },
  );

  const whenForm = client.createFunction(
    { id: "when", retries },
    { event: "order/when" },
    async ({ event, step, defer, runId }) => {
      const order = event.data as Order;
      const unlessItSucceeds = (id: string, target: typeof refund) => {
        defer(`${id} after failure`, { function: target, data: order, when: "failure" });
        defer(`${id} after cancellation`, { function: target, data: order, when: "cancelled" });
      };
      unlessItSucceeds("refund", refund);
      await step.run("charge", deed(order, "charge", runId));
      unlessItSucceeds("release", release);
      await step.run("reserve", deed(order, "reserve", runId));
      await rest(order, step);
      unlessItSucceeds("recall", recall);
      await step.run("ship", deed(order, "ship", runId));
      await meet(order, "end", runId);
    },
  );

  const rollbackForm = client.createFunction(
    { id: "rollback", retries },
    { event: "order/rollback" },
    async ({ event, step, runId }) => {
      const order = event.data as Order;
      const undo = (what: Deed) => (_: string, context: StepContext) => deed(order, what, runId)(context);
      await step.run("charge", deed(order, "charge", runId)).rollback(undo("refund"));
      await step.run("reserve", deed(order, "reserve", runId)).rollback(undo("release"));
      await rest(order, step);
      await step.run("ship", deed(order, "ship", runId)).rollback(undo("recall"));
      await meet(order, "end", runId);
    },
  );
  return [cancelForm, whenForm, rollbackForm, refund, release, recall] as InngestFunction[];
}
