import type { OpOptions } from "@stepfast/protocol";
import type { StepPlan } from "../execution/found-step.ts";
import type { Replay } from "../execution/replay.ts";
import type { TopicRef } from "../realtime/channel.ts";
import { checkPublished } from "../realtime/publish.ts";

const PUBLISH: OpOptions = Object.freeze({ type: "step.realtime.publish" });

/** Plan of `step.realtime.publish`: a step whose body publishes; its result is what was published. */
export function publishPlan(replay: Replay, to: TopicRef, data: unknown): StepPlan {
  const { fn, request } = replay.call;
  return {
    type: "realtime.publish",
    op: "StepRun",
    name: null,
    opts: PUBLISH,
    async body() {
      await checkPublished(to, data);
      await fn.client.realtime.send({ to, data, runId: request.ctx.run_id });
      return data;
    },
  };
}
