// biome-ignore-all format: the code is as the document prints it.
import { inngest } from "./client.ts";
import { processReport, writeReport } from "./services.ts";

export const generateReportFunction = inngest.createFunction(
  { id: "generate-report" },
  { event: "report/requested" },
  async ({ event, step }) => step.run("write-report", () => writeReport(event.data.userId))
);

export const orderReport = inngest.createFunction({ id: "order-report" }, { event: "report/ordered" },
async ({ event, step }) => {
// Invoke another function as a step
const result = await step.invoke("generate-report", {
  function: generateReportFunction,
  data: { userId: event.data.userId }
});

// Use returned data
await step.run("process-report", () => {
  return processReport(result);
});
});
