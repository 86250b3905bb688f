import type { Inngest as AnyInngest } from "stepfast";
import type { connect as anyConnect } from "stepfast/connect";
import { WebSocket } from "ws";
import { answerUsage } from "./usage.ts";

/*
 * The other end of the connect cases, in a process of its own: `echo URL` sends back what it gets, `work SDK URL
 * CHECKPOINTING` is a worker with the functions that are measured. Says "ready" to its parent.
 */

const [mode, ...args] = process.argv.slice(2);

async function echo(url: string): Promise<void> {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on("message", (data) => socket.send(data));
  await new Promise((resolve) => socket.once("open", resolve));
}

async function work(sdk: string, baseUrl: string, checkpointing: boolean): Promise<void> {
  const { Inngest } = (await import(sdk)) as { Inngest: typeof AnyInngest };
  const { connect } = (await import(`${sdk}/connect`)) as { connect: typeof anyConnect };
  const nothing = () => {};
  const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
  const client = new Inngest({ id: "bench", baseUrl, isDev: true, checkpointing, logger });
  const chain = client.createFunction(
    { id: "chain", triggers: [{ event: "bench/chain" }] },
    async ({ event, step }) => {
      for (let i = 0; i < event.data.n; i++) {
        await step.run(`step ${i}`, () => ({ index: i, text: "the result of a step" }));
      }
      return { ok: true };
    },
  );
  await connect({ apps: [{ client, functions: [chain] }] });
}

const [first = "", url = "", checkpointing = ""] = args;
await (mode === "echo" ? echo(first) : work(first, url, checkpointing === "true"));
answerUsage();
process.send?.("ready");
