import { Writable } from "node:stream";
import pino from "pino";
import { describe, expect, it } from "vitest";
import winston from "winston";
import type { Logger } from "../../src/index.ts";
import { hash, newClient, RUN_ID, start } from "../inline/fake-host.ts";

function lines(): { stream: Writable; read: () => Record<string, unknown>[] } {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  return { stream, read: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

const run = async (logger: Logger, log: (logger: Logger) => void): Promise<void> => {
  const fn = newClient({ logger }).createFunction(
    { id: "logs" },
    { event: "test/happened" },
    async ({ step, logger }) => {
      logger.info("repeated: unheard");
      await step.run("known", () => log(logger));
      await step.run("new", () => log(logger));
    },
  );
  await start(fn, { steps: { [hash("known")]: { data: null } } }).session.answer;
};

describe("ctx.logger", () => {
  it("works with winston, message first, as a child that names the run", async () => {
    const { stream, read } = lines();
    const logger = winston.createLogger({
      level: "info",
      format: winston.format.json(),
      transports: [new winston.transports.Stream({ stream })],
    });
    await run(logger, (inRun) => inRun.info("Fetching data for user", { userId: "u1" }));
    expect(read()).toEqual([
      expect.objectContaining({
        level: "info",
        message: "Fetching data for user",
        userId: "u1",
        runID: RUN_ID,
        eventName: "test/happened",
      }),
    ]);
  });

  it("works with pino, object first, as a child that names the run", async () => {
    const { stream, read } = lines();
    await run(pino({ level: "info" }, stream), (inRun) => inRun.info({ userId: "u1" }, "Fetching data"));
    expect(read()).toEqual([
      expect.objectContaining({ level: 30, msg: "Fetching data", userId: "u1", runID: RUN_ID }),
    ]);
  });

  it("keeps to the levels of the logger behind it", async () => {
    const { stream, read } = lines();
    await run(pino({ level: "error" }, stream), (inRun) => {
      inRun.info("unheard");
      inRun.error(new Error("heard"));
    });
    expect(read().map(({ msg }) => msg)).toEqual(["heard"]);
  });
});
