import { Inngest } from "inngest-official";
import { createServer } from "inngest-official/node";

/*
 * An app on the official SDK, in a process of its own: `node http-app.js <server URL>`. It says its port once it listens.
 */

const nothing = () => {};
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const client = new Inngest({ id: "bench", isDev: true, baseUrl: process.argv[2] ?? "", logger });

function chain(id: string, checkpointing: boolean) {
  return client.createFunction(
    { id, checkpointing, triggers: { event: `bench/${id}` } },
    async ({ event, step }) => {
      const { steps } = event.data as { steps: number };
      for (let i = 0; i < steps; i++) await step.run(`step ${i}`, () => ({ index: i }));
      return { ok: true };
    },
  );
}

const server = createServer({ client, functions: [chain("checkpointed", true), chain("plain", false)] });
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(typeof address === "object" && address ? address.port : 0);
});
process.on("disconnect", () => process.exit(0));
