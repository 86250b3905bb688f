import { hashStepId } from "@stepfast/protocol";
import { expect, it } from "vitest";
import { ops, RemoteApp, ran } from "./remote-app.ts";

it("a function has ended where an op says so, whatever id the op has", async () => {
  const app = new RemoteApp();
  const end = { id: hashStepId("of another SDK"), op: "RunComplete" as const, data: { ok: true } };
  await app.register([
    { id: "app-end", triggers: [{ event: "go" }], script: () => ops(ran("work", 1), end) },
  ]);
  await app.send("go");
  expect(await app.onlyRun("app-end")).toMatchObject({ status: "completed", output: '{"ok":true}' });
});
