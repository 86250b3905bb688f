import type { CallAnswer, CallRequest } from "@stepfast/protocol";
import { hashStepId, type Op } from "@stepfast/protocol";
import { complete, failed, memo, ops, planned, ran, sleep } from "../../remote-app.ts";

/**
 * What a run does, as its event says it: steps such as `step`, `nap`, `par 3`, `fail`, `invoke app-b`. Answers the call; `busy`:
 * the call takes time.
 */
export function answerOf(request: CallRequest): { answer: CallAnswer; busy: boolean } {
  const { step_id: stepId, attempt } = request.ctx;
  const data = request.event.data as Record<string, unknown>;
  if (stepId !== "step") return { answer: ops({ ...ran("", "did"), id: stepId }), busy: true };
  for (const [index, item] of String(data.plan ?? "")
    .split(";")
    .entries()) {
    const [verb = "", what = ""] = item.split(" ");
    const answer = itemAnswer(request, { id: `${index}`, verb, what, attempt });
    if (answer) return { answer, busy: verb === "step" };
  }
  return { answer: complete("done"), busy: true };
}

interface Item {
  id: string;
  verb: string;
  what: string;
  attempt: number;
}

function itemAnswer(request: CallRequest, { id, verb, what, attempt }: Item): CallAnswer | null {
  const isDone = (name: string) => memo(request, name) !== undefined;
  if (verb === "fail") return attempt === 0 ? failed("once") : null;
  if (verb === "par") {
    const ids = Array.from({ length: Number(what) }, (_, no) => `${id}.${no}`).filter((one) => !isDone(one));
    return ids.length === 0 ? null : ops(...ids.map(planned));
  }
  if (verb === "" || isDone(id)) return null;
  if (verb === "nap") return ops(sleep(id, "2s"));
  if (verb === "step") return ops(ran(id, "did"));
  return ops(invokeOp(id, what));
}

function invokeOp(id: string, functionId: string): Op {
  const payload = { data: { plan: "", user: "invoked", model: "m", ms: 100 } };
  return {
    id: hashStepId(id),
    op: "InvokeFunction",
    displayName: id,
    opts: { function_id: functionId, payload, timeout: "20s" },
  };
}
