import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import * as official from "inngest-official";
import * as stepfast from "stepfast";
import { afterEach, describe, expect, test } from "vitest";
import { Api } from "./api.ts";
import { ours, theirs } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

/* Middleware through which the server never sees what functions work with (SDK §13). */

const cleanUps = new CleanUps();
afterEach(() => cleanUps.run());

const key = randomBytes(32);
const MARK = "__SEALED__";

function sealed(value: unknown): Record<string, string> {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const text = Buffer.concat([cipher.update(JSON.stringify(value ?? null)), cipher.final()]);
  return { [MARK]: Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64") };
}

function opened(value: unknown): unknown {
  const text = (value as Record<string, string> | null | undefined)?.[MARK];
  if (text === undefined) return value;
  const bytes = Buffer.from(text, "base64");
  const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(12, 28));
  return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString());
}

function sealing({ Middleware }: Pick<typeof stepfast, "Middleware">): stepfast.Middleware.Class {
  return class Sealing extends Middleware.BaseMiddleware {
    readonly id = "sealing";

    override transformSendEvent(args: stepfast.Middleware.TransformSendEventArgs) {
      return { ...args, events: args.events.map((event) => ({ ...event, data: sealed(event.data) })) };
    }

    override transformFunctionInput(args: stepfast.Middleware.TransformFunctionInputArgs) {
      const event = { ...args.ctx.event, data: opened(args.ctx.event.data) };
      return { ...args, ctx: { ...args.ctx, event, events: [event] } };
    }

    override async wrapStepHandler({ next }: stepfast.Middleware.WrapStepHandlerArgs) {
      return sealed(await next());
    }

    override async wrapStep({ next }: stepfast.Middleware.WrapStepArgs) {
      return opened(await next());
    }

    override async wrapFunctionHandler({ next }: stepfast.Middleware.WrapFunctionHandlerArgs) {
      return sealed(await next());
    }
  };
}

const published = official as unknown as typeof stepfast;

describe.each([
  { sdk: theirs, module: published, checkpointing: true },
  { sdk: theirs, module: published, checkpointing: false },
  { sdk: ours, module: stepfast, checkpointing: true },
  { sdk: ours, module: stepfast, checkpointing: false },
])("$sdk.name, checkpointing: $checkpointing", ({ sdk, module, checkpointing }) => {
  test("events, results of steps and outputs are sealed for the server, and open for functions", async () => {
    const server = await devServer();
    cleanUps.add(() => server.close({ drainMs: 0 }));
    const api = new Api(server.url);
    const options = { middleware: [sealing(module)], ...(checkpointing ? {} : { checkpointing }) };
    const app = new App(sdk, api, options);
    cleanUps.add(() => app.stop());
    const seen: unknown[] = [];
    const fn = app.client.createFunction(
      { id: "secret", retries: 1, triggers: { event: app.event("go") } },
      async ({ event, step }) => {
        const [a, b] = await Promise.all([
          step.run("a", () => `a secret of ${event.data.name}`),
          step.run("b", () => {
            seen.push("b");
            if (seen.length === 1) throw new Error("once");
            return ["secret"];
          }),
        ]);
        return step.run("c", () => ({ secret: [a, b] }));
      },
    );
    await app.start([fn]);
    const { ids } = await app.client.send({ name: app.event("go"), data: { name: "secret Ada" } });
    const run = await api.outcome(ids[0] ?? "");
    expect(run.status).toBe("COMPLETED");
    expect(opened(run.output)).toEqual({ secret: ["a secret of secret Ada", ["secret"]] });
    const told = [run, await api.trace(run.id), await api.get(`/v1/events/${ids[0]}`)];
    expect(JSON.stringify(told)).toContain(MARK);
    expect(JSON.stringify(told)).not.toMatch(/secret (of|Ada)|"secret"\]/);
  });
});
