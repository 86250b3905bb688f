import { createElement } from "react";
import { act, create, type ReactTestRenderer } from "react-test-renderer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type UseRealtimeOptions, type UseRealtimeResult, useRealtime } from "../../src/react.ts";
import { type FakeSocket, fakeSockets } from "../realtime/fake-socket.ts";

let sockets: FakeSocket[];
let renderer: ReactTestRenderer | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  // Its own word of farewell.
  vi.spyOn(console, "error").mockImplementation(() => {});
  sockets = fakeSockets();
});

afterEach(async () => {
  await act(async () => renderer?.unmount());
  renderer = undefined;
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const base: UseRealtimeOptions = {
  channel: "chat",
  topics: ["a", "b"],
  token: { key: "T", apiBaseUrl: "http://api.test" },
  reconnectMinMs: 100,
};

/** A component that shows what the hook returns. */
async function mounted(options: UseRealtimeOptions = base) {
  const shown: { now: UseRealtimeResult } = { now: {} as UseRealtimeResult };
  const Component = ({ given }: { given: UseRealtimeOptions }) => {
    shown.now = useRealtime(given);
    return null;
  };
  await act(async () => {
    renderer = create(createElement(Component, { given: options }));
  });
  const rerender = (given: UseRealtimeOptions) =>
    act(async () => renderer?.update(createElement(Component, { given })));
  return { shown, rerender };
}

const newest = (): FakeSocket => sockets.at(-1) as FakeSocket;
const open = () => act(async () => newest().open());
const send = (message: Record<string, unknown>) => act(async () => newest().send(message));
const pass = (ms: number) =>
  act(async () => {
    await vi.advanceTimersByTimeAsync(ms);
  });

describe("useRealtime", () => {
  it("connects and shows messages: all, the last, by topic, and what is new", async () => {
    const { shown } = await mounted();
    expect(shown.now).toMatchObject({
      connectionStatus: "connecting",
      runStatus: "unknown",
      isPaused: false,
    });
    await open();
    expect(shown.now).toMatchObject({ connectionStatus: "open", runStatus: "running" });
    await send({ kind: "data", topic: "a", data: 1 });
    await send({ kind: "data", topic: "b", data: 2 });
    const { messages } = shown.now;
    expect(messages.all.map(({ data }) => data)).toEqual([1, 2]);
    expect([messages.last?.data, messages.byTopic.a?.data, messages.delta.length]).toEqual([2, 1, 1]);
    await act(async () => shown.now.reset());
    expect(shown.now.messages.all).toEqual([]);
    expect(shown.now.connectionStatus).toBe("open");
  });

  it("keeps the newest, and gathers them for as long as it is told", async () => {
    const { shown } = await mounted({ ...base, historyLimit: 2, bufferInterval: 50 });
    await open();
    for (const data of [1, 2, 3]) await send({ kind: "data", topic: "a", data });
    expect(shown.now.messages.all).toEqual([]);
    await pass(50);
    expect(shown.now.messages.all.map(({ data }) => data)).toEqual([2, 3]);
    expect(shown.now.messages.delta).toHaveLength(3);
  });

  it("connects again after a break, with a new token", async () => {
    const token = vi.fn(async () => `T${sockets.length}`);
    const { shown } = await mounted({ ...base, token });
    await open();
    await act(async () => newest().end());
    expect(shown.now.connectionStatus).toBe("closed");
    await pass(200);
    expect(sockets.map(({ url }) => new URL(url).searchParams.get("token"))).toEqual(["T0", "T1"]);
    await act(async () => newest().end());
    expect(shown.now).toMatchObject({ connectionStatus: "error", error: expect.any(Error) });
  });

  it("leaves when the run has ended, and shows its result", async () => {
    const { shown } = await mounted();
    await open();
    await send({ kind: "run", data: { status: "completed", result: { ok: 1 } } });
    expect(shown.now).toMatchObject({
      runStatus: "completed",
      result: { ok: 1 },
      connectionStatus: "closed",
    });
    await pass(60_000);
    expect(sockets).toHaveLength(1);
  });

  it("pauses while it is disabled or the page is hidden, and keeps what it has", async () => {
    const page = { visibilityState: "visible", listeners: new Set<() => void>() };
    vi.stubGlobal("document", {
      get visibilityState() {
        return page.visibilityState;
      },
      addEventListener: (_type: string, listener: () => void) => page.listeners.add(listener),
      removeEventListener: (_type: string, listener: () => void) => page.listeners.delete(listener),
    });
    const turn = (state: string) =>
      act(async () => {
        page.visibilityState = state;
        for (const listener of page.listeners) listener();
      });
    const { shown, rerender } = await mounted();
    await open();
    await send({ kind: "data", topic: "a", data: 1 });
    await turn("hidden");
    expect(newest().isClosed).toBe(true);
    expect(shown.now).toMatchObject({ isPaused: true, pauseReason: "hidden" });
    await turn("visible");
    await open();
    expect(shown.now).toMatchObject({ connectionStatus: "open", pauseReason: null });
    expect(shown.now.messages.all).toHaveLength(1);
    await rerender({ ...base, enabled: false });
    expect(shown.now).toMatchObject({ connectionStatus: "paused", pauseReason: "disabled" });
  });

  it("begins anew with another channel", async () => {
    const { shown, rerender } = await mounted();
    await open();
    await send({ kind: "data", topic: "a", data: 1 });
    await rerender({ ...base, channel: "other" });
    expect(shown.now.messages.all).toEqual([]);
    expect(sockets).toHaveLength(2);
    expect(sockets[0]?.isClosed).toBe(true);
  });

  it("says what is missing", async () => {
    const { shown } = await mounted({ channel: "chat", topics: ["a"], reconnect: false });
    expect(String(shown.now.error)).toContain("needs a `token`");
  });
});
