import type { CallAnswer } from "@stepfast/protocol";
import type { ChangeSet, CommitResult } from "@stepfast/store";
import { expect, it } from "vitest";
import { settle } from "./fake-clock.ts";
import { complete, RemoteApp } from "./remote-app.ts";

/** Does something else between the moment a cancellation is stored and the one at which its run hears of it. */
function whenCancellationIsStored(app: RemoteApp, act: () => void): void {
  const commit = app.store.commit.bind(app.store);
  app.store.commit = async (changes: ChangeSet): Promise<CommitResult> => {
    const result = await commit(changes);
    if (changes.messages?.some(({ kind }) => kind === "cancel")) {
      act();
      await settle();
    }
    return result;
  };
}

it("a cancellation that is stored before the run's end is, and heard after it, is refused", async () => {
  const app = new RemoteApp();
  let reply = (_: CallAnswer) => {};
  const busy = new Promise<CallAnswer>((resolve) => {
    reply = resolve;
  });
  await app.register([{ id: "app-fn", triggers: [{ event: "go" }], script: () => busy }]);
  await app.send("go");
  whenCancellationIsStored(app, () => reply(complete("done")));
  const { id: runId } = await app.onlyRun("app-fn");
  const cancelled = app.engine.cancelRun({ runId });
  const refused = expect(cancelled).rejects.toMatchObject({ code: "run_already_ended" });
  await settle();
  await app.clock.advance(1_000);
  await refused;
  expect(await app.onlyRun("app-fn")).toMatchObject({ status: "completed", output: '"done"' });
});
