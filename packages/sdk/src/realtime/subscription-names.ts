/** All of `Realtime.Subscribe.…`. */
export type { CallbackSubscription, MessageCallback as Callback, StreamSubscription } from "./subscribe.ts";
export type { ClientSubscriptionToken as ClientToken, SubscriptionToken as Token } from "./token.ts";
