import { channel } from "./channel.ts";

/** `realtime.channel` describes a channel. */
export const realtime = { channel };
