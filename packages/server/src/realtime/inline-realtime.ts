import type { InlineRealtime } from "@stepfast/protocol";
import type { Realtime } from "./realtime.ts";
import { publishStream } from "./text-stream.ts";

/** Realtime for a client in this process: no network, the same subscribers. */
export function inlineRealtime(realtime: Realtime): InlineRealtime {
  const grantOf = (channel: string, topics: string[]) => topics.map((name) => ({ channel, name }));
  return {
    publish({ channel, topics, data, runId }) {
      const about = {
        kind: "data",
        channel,
        data,
        ...(runId === undefined ? {} : { run_id: runId }),
      } as const;
      for (const topic of topics) realtime.publish({ ...about, topic });
    },
    publishStream: (target, text) => publishStream(realtime, target, text),
    token: (channel, topics) => realtime.tokens.forTopics(grantOf(channel, topics)),
    subscribe(channel, topics, listener) {
      const closing = { kind: "closing", channel, data: null } as const;
      const subscriber = { message: listener, close: () => listener(closing) };
      const { drop } = realtime.subscribe(subscriber, { topics: grantOf(channel, topics) });
      return drop;
    },
  };
}
