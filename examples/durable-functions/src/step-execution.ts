// biome-ignore-all format: the code is as the document prints it.
import { inngest } from "./client.ts";
import { moments, processData as work } from "./services.ts";

const processData = (data: unknown, timestamp = 0) => work(data, timestamp);

export const nonDeterministic = inngest.createFunction({ id: "bad" }, { event: "data/bad" },
// ❌ BAD: Non-deterministic logic outside steps
async ({ event, step }) => {
  const timestamp = Date.now(); // This runs multiple times!
  moments.push(timestamp);

  const result = await step.run("process-data", () => {
    return processData(event.data);
  });
  await step.sleep("a-while", "1h");
  return result;
});

export const deterministic = inngest.createFunction({ id: "good" }, { event: "data/good" },
// ✅ GOOD: All non-deterministic logic in steps
async ({ event, step }) => {
  const result = await step.run("process-with-timestamp", () => {
    const timestamp = Date.now(); // Only runs once
    moments.push(timestamp);
    return processData(event.data, timestamp);
  });
  await step.sleep("a-while", "1h");
  return result;
});
