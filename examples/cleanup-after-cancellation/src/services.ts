import { fakeCall } from "@stepfast-examples/stage";
import type { ReceivedEvent, StepTools } from "inngest";

/** Copies one page of contacts. */
export const copyPage = fakeCall("copyPage", (_importId: string, _page: number) => {});

const PAGES = 3;

/** What the document means by a long running function. */
export async function work({ event, step }: { event: ReceivedEvent; step: StepTools }): Promise<void> {
  for (let page = 1; page <= PAGES; page++) {
    await step.run("copy-page", () => copyPage(event.data.importId, page));
    await step.sleep("spare-their-server", "1h");
  }
}
