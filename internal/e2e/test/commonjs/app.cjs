// An app as a CommonJS project has it: nothing but `require`. It prints what it saw.
const { once } = require("node:events");
const { readFileSync } = require("node:fs");
const { dirname, join } = require("node:path");
const { embed } = require("@stepfast/server");
const { Inngest, isInngest, StepError } = require("stepfast");
const { serve } = require("stepfast/node");

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Entries whose `require` and `import` are not one and the same. */
async function strangers() {
  const root = dirname(dirname(require.resolve("stepfast")));
  const { exports: entries } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const different = [];
  for (const entry of Object.keys(entries)) {
    const name = `stepfast${entry.slice(1)}`;
    const [required, imported] = [require(name), await import(name)];
    for (const [key, value] of Object.entries(imported))
      if (required[key] !== value) different.push(`${name}: ${key}`);
  }
  return different;
}

function program(client, event) {
  return client.createFunction({ id: event, triggers: { event }, retries: 0 }, async ({ step, runId }) => {
    const one = await step.run("one", () => 1);
    const caught = await step.run("two", () => Promise.reject(new Error("no"))).catch((error) => error);
    return { done: [one, caught instanceof StepError, isInngest(client)], runId };
  });
}

async function outputOf(url, eventId) {
  for (;;) {
    const response = await fetch(`${url}/v2/events/${eventId}/runs?includeOutput=true`);
    const [run] = (await response.json()).data;
    if (run?.endedAt) return run.output;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function main() {
  const local = new Inngest({ id: "local", logger: quiet });
  const embedded = await embed({
    client: local,
    functions: [program(local, "embedded")],
    db: ":memory:",
    port: 0,
    log: quiet,
  });
  const { url } = embedded;
  const client = new Inngest({ id: "served", baseUrl: url, isDev: true, logger: quiet });
  const app = require("node:http").createServer(serve({ client, functions: [program(client, "served")] }));
  await once(app.listen(0, "127.0.0.1"), "listening");
  await fetch(`http://127.0.0.1:${app.address().port}/api/inngest`, { method: "PUT" });
  const outputs = [];
  for (const [sender, name] of [
    [local, "embedded"],
    [client, "served"],
  ]) {
    const { ids } = await sender.send({ name });
    outputs.push((await outputOf(url, ids[0])).done);
  }
  console.log(JSON.stringify({ outputs, strangers: await strangers() }));
  app.close();
  app.closeAllConnections();
  await embedded.close();
}

main();
