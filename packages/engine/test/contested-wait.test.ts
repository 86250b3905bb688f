import { hashStepId } from "@stepfast/protocol";
import { expect, it } from "vitest";
import { settle } from "./fake-clock.ts";
import { complete, memo, ops, RemoteApp } from "./remote-app.ts";

it("an event whose wait another one took first is kept all the same", async () => {
  const app = new RemoteApp();
  await app.register([
    {
      id: "app-wait",
      triggers: [{ event: "order/placed" }],
      script: (request) => {
        const paid = memo(request, "paid") as { data: { by: string } } | undefined;
        if (paid !== undefined) return complete(paid.data.by);
        const opts = { timeout: "1h" };
        return ops({ id: hashStepId("paid"), op: "WaitForEvent", name: "order/paid", opts });
      },
    },
  ]);
  await app.send("order/placed");
  const sent = ["card", "cash", "cheque"].map((by) =>
    app.engine.send([{ name: "order/paid", data: { by } }]),
  );
  const ids = (await Promise.all(sent)).flatMap((answer) => answer.ids);
  await settle();
  expect(await app.store.getEvents(ids)).toHaveLength(3);
  expect(await app.onlyRun("app-wait")).toMatchObject({ status: "completed", output: '"card"' });
});
