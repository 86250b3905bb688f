import { readFileSync } from "node:fs";
import { type HasInline, INLINE } from "@stepfast/protocol";
import { Inngest } from "stepfast";
import { describe, expect, it } from "vitest";
import { World } from "./world/world.ts";

const page = readFileSync(new URL("../../../../docs/guides/flow-control.md", import.meta.url), "utf8");
const samples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((found) => found[1] ?? "");

/** The functions that a sample makes, and the events they are for. */
function functionsOf(sample: string): { functions: HasInline[]; events: string[] } {
  const client = new Inngest({ id: "app", isDev: true });
  const functions: HasInline[] = [];
  const events: string[] = [];
  const inngest = {
    createFunction: (...given: Parameters<Inngest["createFunction"]>) => {
      functions.push(client.createFunction(...given) as unknown as HasInline);
      events.push(...[...sample.matchAll(/\{ event: "(.*?)" \}/g)].map((found) => found[1] ?? ""));
    },
  };
  new Function("inngest", sample)(inngest);
  return { functions, events };
}

describe("docs/guides/flow-control.md", () => {
  it("has a sample of each control", () => expect(samples.length).toBeGreaterThanOrEqual(8));

  it.each(samples.map((sample) => [/id: "(.*?)"/.exec(sample)?.[1], sample] as const))(
    "%s runs as it is written",
    async (_id, sample) => {
      const world = new World([]);
      await world.startNode();
      const node = await world.someNode();
      const { functions, events } = functionsOf(sample);
      await node.registerInline({ id: "app", functions: functions.map((fn) => fn[INLINE]) });
      for (const name of events)
        for (let no = 0; no < 3; no++) await world.send({ name, data: { plan: "pro", no } });
      await world.run(world.clock.now() + 3_600_000);
      const runs = await world.allRuns();
      expect(runs.some((run) => run.status === "completed")).toBe(true);
      expect(runs.filter((run) => run.endedAt === null || run.status === "failed")).toEqual([]);
      expect(world.problems).toEqual([]);
      await world.close();
    },
  );
});
