import { afterEach, describe, expect, it, vi } from "vitest";
import { ConsoleLogger, type Logger, ProxyLogger, wrapStringFirstLogger } from "../../src/index.ts";
import { hash, newClient, start } from "../inline/fake-host.ts";
import { call } from "../remote/remote-call.ts";

const trigger = { event: "test/happened" };

function recorder(): { lines: unknown[][]; logger: Logger } {
  const lines: unknown[][] = [];
  const write =
    (level: string) =>
    (...args: unknown[]) => {
      lines.push([level, ...args]);
    };
  return {
    lines,
    logger: { info: write("info"), warn: write("warn"), error: write("error"), debug: write("debug") },
  };
}

function talkative(logger: Logger) {
  return newClient({ logger }).createFunction({ id: "talks" }, trigger, async ({ step, logger }) => {
    logger.info("start");
    await step.run("a", () => logger.info("in a", { n: 1 }));
    logger.info("after a");
    await step.run("b", () => logger.info("in b"));
    logger.info("after b");
  });
}

describe("a handler's logger", () => {
  it("says everything once when the call sees it all", async () => {
    const { lines, logger } = recorder();
    await start(talkative(logger)).session.answer;
    expect(lines.map(([, text]) => text)).toEqual(["start", "in a", "after a", "in b", "after b"]);
    expect(lines[1]).toEqual(["info", "in a", { n: 1 }]);
  });

  it("is silent while the code repeats what it did, over the network too", async () => {
    const { lines, logger } = recorder();
    const fn = talkative(logger);
    await call(fn);
    await call(fn, { steps: { [hash("a")]: { data: null } } });
    await call(fn, { steps: { [hash("a")]: { data: null }, [hash("b")]: { data: null } } });
    expect(lines.map(([, text]) => text)).toEqual(["start", "in a", "after a", "in b", "after b"]);
  });

  it("is a child that names the run, where the logger has children", async () => {
    const { lines, logger } = recorder();
    const fields: unknown[] = [];
    const parent = Object.assign(logger, {
      child(given: object) {
        fields.push(given);
        return { ...logger, info: (...args: unknown[]) => lines.push(["child", ...args]) };
      },
    });
    const { session, host } = start(talkative(parent));
    await session.answer;
    expect(fields).toEqual([
      { runID: expect.any(String), eventName: "test/happened", requestId: undefined, jobId: undefined },
    ]);
    expect(lines.map(([level]) => level)).toEqual(Array(5).fill("child"));
    expect(host.ops).toHaveLength(2);
  });

  it("hands arguments on as they are: messages first or objects first", async () => {
    const { lines, logger } = recorder();
    const fn = newClient({ logger }).createFunction({ id: "args" }, trigger, ({ logger }) => {
      logger.info("winston", { a: 1 });
      logger.warn({ b: 2 }, "pino");
    });
    await start(fn).session.answer;
    expect(lines).toEqual([
      ["info", "winston", { a: 1 }],
      ["warn", { b: 2 }, "pino"],
    ]);
  });
});

describe("ProxyLogger", () => {
  it("is silent until it is enabled, and has what the logger behind it has", () => {
    const { lines, logger } = recorder();
    const behind = Object.assign(logger, {
      level: "verbose",
      silly(this: { level: string }, text: string) {
        lines.push([this.level, text]);
      },
    });
    const proxy = new ProxyLogger(behind) as ProxyLogger & typeof behind;
    proxy.info("unheard");
    proxy.enable();
    proxy.info("heard");
    proxy.silly("odd");
    proxy.disable();
    proxy.error("unheard");
    expect(lines).toEqual([
      ["info", "heard"],
      ["verbose", "odd"],
    ]);
    expect(proxy.level).toBe("verbose");
  });

  it("waits for the logger to write", async () => {
    let flushed = false;
    const { logger } = recorder();
    const flush = async () => {
      flushed = true;
    };
    await new ProxyLogger(Object.assign(logger, { flush })).flush();
    expect(flushed).toBe(true);
  });
});

it("wrapStringFirstLogger turns an object-first call around", () => {
  const { lines, logger } = recorder();
  const wrapped = wrapStringFirstLogger(logger);
  wrapped.info({ a: 1 }, "text", "more");
  wrapped.error("text", { a: 1 });
  wrapped.debug({ a: 1 });
  expect(lines).toEqual([
    ["info", "text", { a: 1 }, "more"],
    ["error", "text", { a: 1 }],
    ["debug", { a: 1 }],
  ]);
});

describe("ConsoleLogger", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it.each([
    ["debug", ["debug", "info", "warn", "error"]],
    ["info", ["info", "warn", "error"]],
    ["error", ["error"]],
    ["silent", []],
  ] as const)("writes from level %s on", (level, expected) => {
    const heard: string[] = [];
    for (const method of ["debug", "info", "warn", "error"] as const) {
      vi.spyOn(console, method).mockImplementation(() => {
        heard.push(method);
      });
    }
    const logger = new ConsoleLogger({ level });
    for (const method of ["debug", "info", "warn", "error"] as const) logger[method]("x");
    expect(heard).toEqual(expected);
  });
});
