import { Writable } from "node:stream";
import { Stage } from "@stepfast-examples/stage";
import { Inngest, type Logger } from "inngest";
import pino from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import winston from "winston";
import { inngest, logger, processData } from "../src/logging.ts";
import { resetServices } from "../src/services.ts";

interface Line {
  message?: string;
  msg?: string;
  runID?: string;
  userId?: string;
  resultCount?: number;
  eventName?: string;
}

let lines: Line[];
let stage: Stage;

function sink(): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const text of chunk.toString().trim().split("\n")) lines.push(JSON.parse(text));
      done();
    },
  });
}

beforeEach(() => {
  lines = [];
  resetServices();
});

afterEach(() => stage.close());

describe("winston, as configured", () => {
  beforeEach(async () => {
    for (const transport of logger.transports) transport.silent = true;
    logger.add(new winston.transports.Stream({ stream: sink() }));
    stage = await Stage.open({ client: inngest, functions: [processData] });
  });

  test("a line inside a step is written once, with the run it belongs to", async () => {
    await inngest.send({ name: "data/process.requested", data: { userId: "u1" } });
    const { id } = await stage.theRun("my-app-process-data");
    expect((await stage.finish(id)).status).toBe("COMPLETED");

    const own = await stage.until(() => {
      const found = lines.filter((line) => line.runID === id);
      return found.length >= 2 ? found : undefined;
    });
    expect(own).toMatchObject([
      { message: "Fetching data for user", userId: "u1", eventName: "data/process.requested" },
      { message: "Processing complete", resultCount: 2 },
    ]);
    expect(own).toHaveLength(2);
  });
});

const loggers: { name: string; make: () => Logger }[] = [
  {
    name: "winston",
    make: () =>
      winston.createLogger({
        format: winston.format.json(),
        transports: [new winston.transports.Stream({ stream: sink() })],
      }),
  },
  { name: "pino", make: () => pino(sink()) },
];

describe.each(loggers)("$name", ({ make }) => {
  test("is silent while a function repeats what it did before", async () => {
    const client = new Inngest({ id: "my-app", logger: make() });
    const chatty = client.createFunction({ id: "chatty" }, { event: "chat" }, async ({ step, logger }) => {
      logger.info("before");
      await step.run("fetch", () => logger.info("inside"));
      await step.sleep("a-while", "1h");
      logger.info("after");
    });
    stage = await Stage.open({ client, functions: [chatty] });
    await client.send({ name: "chat" });
    const { id } = await stage.theRun("my-app-chatty");
    await stage.finish(id);

    const texts = await stage.until(() => {
      const found = lines.filter((line) => line.runID === id).map((line) => line.message ?? line.msg);
      return found.includes("after") ? found : undefined;
    });
    expect(texts).toEqual(["before", "inside", "after"]);
  });
});
