import type { ChannelInput } from "../realtime/channel.ts";
import type { Message } from "../realtime/message.ts";

export type ConnectionStatus = "idle" | "connecting" | "open" | "paused" | "closed" | "error";
export type RealtimeRunStatus = "unknown" | "running" | "completed" | "failed" | "cancelled";
export type PauseReason = "hidden" | "disabled" | null;

type Received<TChannel extends ChannelInput, TTopic extends string> = Exclude<
  Message<TChannel, TTopic>,
  { kind: "run" }
>;

export interface RealtimeMessages<
  TChannel extends ChannelInput = ChannelInput,
  TTopic extends string = string,
> {
  /** The newest of each topic. */
  byTopic: { [K in TTopic]?: Received<TChannel, K> };
  /** The newest, up to the history's limit, in order. */
  all: Received<TChannel, TTopic>[];
  last: Received<TChannel, TTopic> | null;
  /** What came with the latest update. */
  delta: Received<TChannel, TTopic>[];
}

/** What a page shows of a subscription. */
export interface RealtimeState<TChannel extends ChannelInput = ChannelInput, TTopic extends string = string> {
  connectionStatus: ConnectionStatus;
  /** Of the run whose id is the channel's name. */
  runStatus: RealtimeRunStatus;
  pauseReason: PauseReason;
  messages: RealtimeMessages<TChannel, TTopic>;
  /** The run's output, once it has completed. */
  result: unknown;
  error: Error | null;
}

export const initialState: RealtimeState = {
  connectionStatus: "idle",
  runStatus: "unknown",
  pauseReason: null,
  messages: { byTopic: {}, all: [], last: null, delta: [] },
  result: undefined,
  error: null,
};

/** The state with these messages, of which it keeps the newest `historyLimit`; null: all. */
export function withMessages(
  state: RealtimeState,
  delta: Received<ChannelInput, string>[],
  historyLimit: number | null,
): RealtimeState {
  const last = delta.at(-1);
  if (!last) return state;
  const all = [...state.messages.all, ...delta];
  const kept = historyLimit === null ? all : all.slice(Math.max(0, all.length - Math.max(0, historyLimit)));
  const byTopic = { ...state.messages.byTopic };
  for (const message of delta) byTopic[message.topic] = message;
  const runStatus = state.runStatus === "unknown" ? "running" : state.runStatus;
  return { ...state, runStatus, messages: { byTopic, all: kept, last, delta } };
}

/** The state after news of the run itself. */
export function withRunNews(state: RealtimeState, data: unknown): RealtimeState {
  if (typeof data !== "object" || data === null) return state;
  const news = data as { status?: unknown; result?: unknown };
  const runStatus = statusOf(news.status) ?? state.runStatus;
  return { ...state, runStatus, ...("result" in news ? { result: news.result } : {}) };
}

function statusOf(value: unknown): RealtimeRunStatus | undefined {
  const known: RealtimeRunStatus[] = ["running", "completed", "failed", "cancelled"];
  return known.find((status) => status === String(value).toLowerCase());
}

export function isTerminal({ runStatus }: RealtimeState): boolean {
  return runStatus === "completed" || runStatus === "failed" || runStatus === "cancelled";
}
