import { describe, expect, it } from "vitest";
import { hash, newClient, start } from "../inline/fake-host.ts";
import { call, opsOf } from "./remote-call.ts";

const client = newClient();
const trigger = { event: "test/happened" };

describe("a step inside the body of a step", () => {
  const ran: string[] = [];
  const atOnce = client.createFunction({ id: "at-once" }, trigger, ({ step }) =>
    step.run("outer", () => step.run("inner", () => ran.push("inner"))),
  );
  const later = client.createFunction({ id: "later" }, trigger, ({ step }) =>
    step.run("outer", async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return step.run("inner", () => ran.push("inner"));
    }),
  );
  const refusal = {
    op: "StepFailed",
    id: hash("outer"),
    error: {
      code: "nested_step",
      message: expect.stringMatching(/"inner" is inside the body of step "outer"/),
    },
  };

  it("is refused over a network, and not tried again", async () => {
    for (const fn of [atOnce, later]) {
      const answer = await call(fn);
      expect(answer).toMatchObject({ kind: "ops", noRetry: true });
      expect(opsOf(answer)).toMatchObject([refusal]);
    }
    expect(ran).toEqual([]);
  });

  it("is refused in the engine's process", async () => {
    const { host, session } = start(atOnce);
    expect(await session.answer).toMatchObject({ kind: "error", error: { message: refusal.error.message } });
    expect(host.ops).toMatchObject([refusal]);
    expect(ran).toEqual([]);
  });

  it("is no matter of what a body sets going in the function", async () => {
    let release = (_value: string) => {};
    const released = new Promise<string>((resolve) => {
      release = resolve;
    });
    const fn = client.createFunction({ id: "beside" }, trigger, ({ step }) =>
      Promise.all([
        step.run("first", () => release("go")),
        released.then((text) => step.run("second", () => `${text} on`)),
      ]),
    );
    expect(opsOf(await call(fn))).toMatchObject([{ op: "StepRun", id: hash("first") }]);
    const steps = { [hash("first")]: { data: null } };
    release("go");
    expect(opsOf(await call(fn, { steps }))).toMatchObject([
      { op: "StepRun", id: hash("second"), data: "go on" },
    ]);
  });
});
