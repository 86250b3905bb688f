import { Stage } from "@stepfast-examples/stage";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { cleanupCancelledImport, importAllContacts, inngest } from "../src/imports.ts";
import { copyPage } from "../src/services.ts";

const importId = "bdce1b1b-6e3a-43e6-84c2-2deb559cdde6";
const ulid = expect.stringMatching(/^[0-9A-HJKMNP-TV-Z]{26}$/);
const bystander = inngest.createFunction(
  { id: "bystander" },
  { event: "bystander/called" },
  async ({ step }) => {
    await step.sleep("a-week", "7d");
  },
);

let stage: Stage;

/** Where the logger of a client that was given none writes. */
const info = vi.spyOn(console, "info").mockReturnValue();

beforeEach(async () => {
  copyPage.reset();
  info.mockClear();
  const functions = [importAllContacts, cleanupCancelledImport, bystander];
  stage = await Stage.open({ client: inngest, functions });
});

afterEach(() => stage.close());

async function startImport() {
  const { ids } = await inngest.send({ name: "contacts/import.requested", data: { importId } });
  const { id: runId } = await stage.theRun("newsletter-app-import-all-contacts");
  await stage.waiting(runId, "sleep");
  return { runId, eventId: ids[0] };
}

const ways = [
  {
    name: "by cancelOn",
    cancel: async (_runId: string) => {
      await inngest.send({ name: "contacts/import.cancelled", data: { importId } });
    },
  },
  {
    name: "through the REST API",
    cancel: async (runId: string) => {
      expect((await stage.request(`/v1/runs/${runId}`, { method: "DELETE" })).status).toBe(204);
    },
  },
];

describe.each(ways)("a function cancelled $name", ({ cancel }) => {
  test("is cleaned up after, once", async () => {
    const { runId } = await startImport();

    await cancel(runId);

    expect((await stage.ended(runId)).status).toBe("CANCELLED");
    const cleanup = await stage.theRun("newsletter-app-cleanup-cancelled-import");
    expect((await stage.ended(cleanup.id)).status).toBe("COMPLETED");
    expect(cleanup.function.name).toBe("Cleanup cancelled import");
    expect(info.mock.calls).toEqual([[`Import was cancelled: ${importId}`]]);
    expect(copyPage.calls).toHaveLength(1);
  });

  test("leaves an event of the documented shape", async () => {
    const { runId, eventId } = await startImport();

    await cancel(runId);

    const [sent] = await stage.until(async () => {
      const events = await stage.events("inngest/function.cancelled");
      return events.length > 0 ? events : undefined;
    });
    const trigger = {
      data: { importId },
      id: eventId,
      name: "contacts/import.requested",
      ts: expect.any(Number),
      user: {},
    };
    // `toStrictEqual`: these keys and no others.
    expect(sent?.name).toBe("inngest/function.cancelled");
    expect(sent?.data).toStrictEqual({
      error: { error: "function cancelled", message: "function cancelled", name: "Error" },
      event: trigger,
      events: [trigger],
      function_id: "newsletter-app-import-all-contacts",
      run_id: runId,
      // Beyond the document: what the run's completed steps had returned.
      steps: { "copy-page": null },
    });
    expect(sent?.id).toEqual(ulid);
    expect(sent?.ts).toEqual(expect.any(Number));
  });
});

test("a cleanup function receives what was sent", async () => {
  const received: object[] = [];
  const listener = inngest.createFunction(
    { id: "listener" },
    { event: "inngest/function.cancelled" },
    async ({ event }) => {
      received.push(event);
    },
  );
  await stage.close();
  stage = await Stage.open({ client: inngest, functions: [importAllContacts, listener] });
  const { runId } = await startImport();
  await inngest.send({ name: "contacts/import.cancelled", data: { importId } });
  await stage.ended(runId);
  await stage.until(() => received.length > 0);

  const [kept] = await stage.events("inngest/function.cancelled");
  const { name, id, ts, data } = kept ?? expect.fail("no cancellation event is kept");
  expect(received).toStrictEqual([{ name, id, ts, data, user: {} }]);
});

test("a function that completes is not cleaned up after", async () => {
  const { runId } = await startImport();

  expect((await stage.finish(runId)).status).toBe("COMPLETED");

  expect(copyPage.done.map(([, page]) => page)).toEqual([1, 2, 3]);
  expect(await stage.events("inngest/function.cancelled")).toEqual([]);
  expect(await stage.runs("newsletter-app-cleanup-cancelled-import")).toEqual([]);
});

test("another function's cancellation does not start this one's cleanup", async () => {
  await inngest.send({ name: "bystander/called" });
  const { id } = await stage.theRun("newsletter-app-bystander");
  await stage.waiting(id, "sleep");

  await stage.request(`/v1/runs/${id}`, { method: "DELETE" });
  await stage.ended(id);

  const [sent] = await stage.events("inngest/function.cancelled");
  expect(sent?.data.function_id).toBe("newsletter-app-bystander");
  expect(await stage.runs("newsletter-app-cleanup-cancelled-import")).toEqual([]);
});
