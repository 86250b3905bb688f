// Commits change-sets until it is killed, and prints the number of each that was acknowledged.
import { openSqliteStore } from "@stepfast/store-sqlite";
import {
  makeEvent,
  makeKey,
  makeMessage,
  makeRun,
  makeStep,
  makeWait,
} from "@stepfast-internal/store-testkit";

const [path = "", first = "0", concurrency = "8"] = process.argv.slice(2);
// Most outputs are kept beside their rows.
const store = await openSqliteStore({ path, largeValueLength: 200 });
let next = Number(first);

async function commitOne(no) {
  const runId = `r${no}`;
  const result = await store.commit({
    keys: [makeKey({ key: `k${no}`, expiresAt: 1_000_000 })],
    events: [makeEvent({ id: `e${no}`, data: JSON.stringify("x".repeat(no % 5_000)) })],
    newRuns: [makeRun({ id: runId, eventId: `e${no}` })],
    steps: [0, 1, 2].map((step) => makeStep({ runId, no: step, output: `"${"y".repeat((no * 7) % 900)}"` })),
    newWaits: [makeWait({ runId, stepId: "s" })],
    messages: [makeMessage({ id: `m${no}`, runId })],
    runs: [{ id: runId, attempt: 7 }],
  });
  process.stdout.write(`${result.ok ? "ok" : "refused"} ${no}\n`);
}

async function commitForEver() {
  for (;;) {
    next += 1;
    await commitOne(next);
  }
}

await Promise.all(Array.from({ length: Number(concurrency) }, commitForEver));
