import type { ChangeSet, CommitResult } from "@stepfast/store";
import { MemoryStore } from "@stepfast/store/memory";
import { describe, expect, it, vi } from "vitest";
import { emptyTransition, type Transition } from "../src/domain/transition.ts";
import type { Publisher } from "../src/services/events/publisher.ts";
import { RunWrites } from "../src/services/runs/run-writes.ts";

type Answer = (result: CommitResult) => void;

/** A run's writes to a store that answers when it is told to. */
function slowWrites() {
  const store = new MemoryStore();
  const asked: ChangeSet[] = [];
  const answers: Answer[] = [];
  vi.spyOn(store, "commit").mockImplementation((changes) => {
    asked.push(changes);
    return new Promise((resolve) => answers.push(resolve));
  });
  const publisher = { publish: () => Promise.reject(new Error("nothing is published here")) };
  return { writes: new RunWrites({ store, publisher: publisher as unknown as Publisher }), asked, answers };
}

const plain = emptyTransition();
const timeout: Transition = { ...emptyTransition(), closedWaits: ["wait"] };
const rows = (id: string): ChangeSet => ({ runs: [{ id }] });
const refusal: CommitResult = {
  ok: false,
  conflict: { kind: "guard", guard: { kind: "wait", runId: "r", stepId: "wait" } },
};

describe("the writes of a run", () => {
  it("follow each other without waiting where none can be refused", () => {
    const { writes, asked } = slowWrites();
    void writes.commit(plain, rows("1"));
    void writes.commit(plain, rows("2"));
    expect(asked).toEqual([rows("1"), rows("2")]);
  });

  it("wait for one that may be refused, and are refused with it", async () => {
    const { writes, asked, answers } = slowWrites();
    const first = writes.commit(timeout, rows("1"));
    const second = writes.commit(plain, rows("2"));
    const third = writes.commit(plain, rows("3"));
    expect(asked).toEqual([rows("1")]);

    answers[0]?.(refusal);

    expect(await Promise.all([first, second, third])).toEqual([refusal, refusal, refusal]);
    expect(asked).toEqual([rows("1")]);
  });

  it("go on in order once it is durable", async () => {
    const { writes, asked, answers } = slowWrites();
    const first = writes.commit(timeout, rows("1"));
    void writes.commit(plain, rows("2"));
    answers[0]?.({ ok: true });
    await first;
    await vi.waitFor(() => expect(asked).toEqual([rows("1"), rows("2")]), { timeout: 60_000 });
  });

  it("hold back what must know all of them", () => {
    const { writes } = slowWrites();
    const started: string[] = [];
    void writes.commit(plain, rows("1"));
    void writes.commit(plain, rows("2"));
    writes.whenDurable(() => started.push("call"));
    writes.landed(() => started.push("one"));
    expect(started).toEqual(["one"]);
    writes.landed(() => started.push("two"));
    expect(started).toEqual(["one", "two", "call"]);
  });
});
