import { answerOf } from "@stepfast/client";
import type { Command } from "commander";
import { type ApiSurroundings, addApiCommand, type Call, count, moment, nowOf } from "./api-command.ts";
import { jsonObject } from "./input.ts";
import { collect, moreLine } from "./pages.ts";
import { shortTime, table } from "./table.ts";

const MAX_DATA = 60;

interface ListOptions {
  name?: string;
  search?: string;
  from?: string;
  until?: string;
  system?: boolean;
  limit: number;
}

async function list({ api, options, show }: Call<ListOptions>): Promise<void> {
  const { name, search, from, until, system: includeSystem = false, limit } = options;
  const filter = { name, search, from, until, includeSystem };
  const { rows, hasMore } = await collect(limit, (page) =>
    answerOf(api.GET("/v2/events", { params: { query: { ...filter, ...page } } })),
  );
  show(rows, () => {
    if (rows.length === 0) return `No events${moreLine(hasMore)}`;
    const cells = rows.map((event) => {
      const data = JSON.stringify(event.data);
      const shown = data.length > MAX_DATA ? `${data.slice(0, MAX_DATA)}…` : data;
      return [event.id, event.name, shortTime(event.receivedAt), shown];
    });
    return `${table(["EVENT", "NAME", "RECEIVED", "DATA"], cells)}${moreLine(hasMore)}`;
  });
}

interface SendOptions {
  data?: string;
  user?: string;
  id?: string;
  ts?: string;
}

async function send({ api, args, options, show, around }: Call<SendOptions>): Promise<void> {
  const [name = ""] = args;
  const { data = "{}", user, id, ts } = options;
  const event = {
    name,
    data: await jsonObject(data, "--data", around),
    ...(user !== undefined && { user: await jsonObject(user, "--user", around) }),
    ...(id !== undefined && { id }),
    ...(ts !== undefined && { ts: Date.parse(ts) }),
  };
  const { data: sent } = await answerOf(api.POST("/v2/events", { body: event }));
  show(sent, () => sent.eventId);
}

function addSend(parent: Command, around: ApiSurroundings): void {
  addApiCommand<SendOptions>(parent, around, {
    name: "send",
    description: "send an event; prints its id",
    args: [["<name>", "the event's name"]],
    options: (command) =>
      command
        .option("--data <json>", "its data: JSON, @file, or - for standard input")
        .option("--user <json>", "its user")
        .option("--id <id>", "an id of your own: a second event with it within 24 hours is not a new one")
        .option("--ts <time>", "its time; in the future: runs start then", moment(nowOf(around))),
    run: send,
  });
}

/** `stepfast events …` and `stepfast send`. */
export function addEvents(root: Command, around: ApiSurroundings): void {
  const events = root.command("events").description("look at events, and send them");
  const time = moment(nowOf(around));
  addApiCommand<ListOptions>(events, around, {
    name: "list",
    description: "list events, the newest first",
    options: (command) =>
      command
        .option("--name <name>", "only of this name")
        .option("--search <cel>", "only those for which this holds, of event")
        .option("--from <time>", "received later than that: a time, or how long ago", time)
        .option("--until <time>", "received earlier than that", time)
        .option("--system", "with those that the engine emits")
        .option("--limit <number>", "how many at most", count, 20),
    run: list,
  });
  addSend(events, around);
  addSend(root, around);
}
