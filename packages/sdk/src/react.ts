import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { PauseReason, RealtimeState } from "./react/realtime-state.ts";
import { RealtimeWatch, type UseRealtimeOptions } from "./react/realtime-watch.ts";
import { type ChannelInput, channelName } from "./realtime/channel.ts";
import type { TopicOf } from "./realtime/message.ts";

export type { Inngest } from "./client/client.ts";
export type {
  ConnectionStatus,
  ConnectionStatus as UseRealtimeConnectionStatus,
  PauseReason,
  RealtimeMessages,
  RealtimeRunStatus,
  RealtimeRunStatus as UseRealtimeRunStatus,
} from "./react/realtime-state.ts";
export type { UseRealtimeOptions } from "./react/realtime-watch.ts";
export { type ClientSubscriptionToken, getClientSubscriptionToken } from "./realtime/token.ts";

export interface UseRealtimeResult<
  TChannel extends ChannelInput = ChannelInput,
  TTopic extends TopicOf<TChannel> = TopicOf<TChannel>,
> extends RealtimeState<TChannel, TTopic> {
  isPaused: boolean;
  /** Forgets what came so far. */
  reset: () => void;
}

/** Subscribes a component to topics of a channel, for as long as it is mounted. */
export function useRealtime<
  TChannel extends ChannelInput = ChannelInput,
  const TTopic extends TopicOf<TChannel> = TopicOf<TChannel>,
>(options: UseRealtimeOptions<TChannel, TTopic>): UseRealtimeResult<TChannel, TTopic> {
  const { channel, topics, key, token, apiBaseUrl, enabled = true, pauseOnHidden = true } = options;
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  const identity = JSON.stringify([channel === undefined ? null : channelName(channel), topics, key]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another subscription is another watch
  const watch = useMemo(() => new RealtimeWatch(() => latest.current), [identity]);
  const state = useSyncExternalStore(watch.listen, watch.snapshot, watch.snapshot);
  const isVisible = useVisibility();
  const pauseReason = pauseReasonOf({ enabled, isHidden: pauseOnHidden && !isVisible });
  const access = JSON.stringify([typeof token === "function" ? "function" : token, apiBaseUrl]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another leave is another connection
  useEffect(() => {
    watch.start(pauseReason);
    return () => watch.stop();
  }, [watch, pauseReason, access]);
  const known = state as RealtimeState<TChannel, TTopic>;
  return { ...known, isPaused: known.connectionStatus === "paused", reset: watch.reset };
}

function pauseReasonOf({ enabled, isHidden }: { enabled: boolean; isHidden: boolean }): PauseReason {
  if (!enabled) return "disabled";
  return isHidden ? "hidden" : null;
}

/** What is used of a page's document; there is none on servers and in native apps. */
interface Page {
  visibilityState: string;
  addEventListener(type: "visibilitychange", listener: () => void): void;
  removeEventListener(type: "visibilitychange", listener: () => void): void;
}

function page(): Page | undefined {
  return (globalThis as { document?: Page }).document;
}

function useVisibility(): boolean {
  const [isVisible, setVisible] = useState(() => page()?.visibilityState !== "hidden");
  useEffect(() => {
    const document = page();
    if (!document?.addEventListener) return undefined;
    const look = () => setVisible(document.visibilityState !== "hidden");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return isVisible;
}
