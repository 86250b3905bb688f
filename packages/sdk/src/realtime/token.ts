import { postToApi } from "../client/api.ts";
import type { Inngest } from "../client/client.ts";
import type { Untyped } from "../types/untyped.ts";
import { type ChannelInput, channelName } from "./channel.ts";

/** What a subscriber needs: where, what, and the leave to. */
export interface SubscriptionToken<
  TChannel extends ChannelInput = ChannelInput,
  TTopic extends string = string,
> {
  channel: TChannel;
  topics: readonly TTopic[];
  /** Valid for a minute. */
  key?: string;
  apiBaseUrl?: string;
}

/** What a page needs of a {@link SubscriptionToken} where it knows channel and topics itself. */
export interface ClientSubscriptionToken {
  key: string;
  apiBaseUrl?: string;
}

/** A token for these topics of a channel; for use on a server, which hands it to its pages. Valid for a minute. */
export async function getSubscriptionToken<
  TChannel extends ChannelInput,
  const TTopic extends string = string,
>(
  app: Inngest<Untyped>,
  { channel, topics }: { channel: TChannel; topics: readonly TTopic[] },
): Promise<SubscriptionToken<TChannel, TTopic> & { key: string }> {
  const key = await tokenKey(app, channelName(channel), topics);
  return { channel, topics, key, apiBaseUrl: app.apiBaseUrl };
}

/** As {@link getSubscriptionToken}, without what the page knows already. */
export async function getClientSubscriptionToken(
  app: Inngest<Untyped>,
  args: { channel: ChannelInput; topics: readonly string[] },
): Promise<ClientSubscriptionToken> {
  const { key, apiBaseUrl } = await getSubscriptionToken(app, args);
  return { key, apiBaseUrl };
}

export async function tokenKey(
  app: Inngest<Untyped>,
  channel: string,
  topics: readonly string[],
): Promise<string> {
  if (app.inlineTransport?.realtime) return app.inlineTransport?.realtime.token(channel, [...topics]);
  const body = topics.map((name) => ({ channel, name, kind: "run" }));
  const url = new URL("v1/realtime/token", app.apiBaseUrl);
  const response = await postToApi(url, body, app.apiSettings);
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`No subscription token: status ${response.status} ${text.slice(0, 200)}`);
  }
  return (JSON.parse(text) as { jwt: string }).jwt;
}
