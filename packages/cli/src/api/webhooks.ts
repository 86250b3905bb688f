import { answerOf, type components } from "@stepfast/client";
import { type Command, InvalidArgumentError } from "commander";
import { type ApiSurroundings, addApiCommand, type Call, several } from "./api-command.ts";
import { givenText } from "./input.ts";
import { plain, shortTime, table } from "./table.ts";

type Webhook = components["schemas"]["Webhook"];
type Change = components["schemas"]["WebhookChange"];

interface ChangeOptions {
  name?: string;
  transform?: string;
  response?: string;
  allow?: string[];
  deny?: string[];
}

async function list({ api, show }: Call<unknown>): Promise<void> {
  const { data } = await answerOf(api.GET("/v2/env/webhooks", {}));
  show(data, () => {
    if (data.length === 0) return "No webhooks";
    const rows = data.map(({ id, name, transform, updatedAt, url }) => {
      return [id, name, transform === null ? "no" : "yes", shortTime(updatedAt), url];
    });
    return table(["WEBHOOK", "NAME", "TRANSFORM", "CHANGED", "URL"], rows);
  });
}

function textOf({ id, name, url, transform, response, eventFilter }: Webhook): string {
  const rows: [string, string | null][] = [
    ["webhook", id],
    ["name", name],
    ["url", url],
    ["response", response],
    ["events", eventFilter && `${eventFilter.filter.toLowerCase()} ${eventFilter.events.join(", ")}`],
  ];
  const lines = rows.flatMap(([label, value]) =>
    value === null ? [] : `${label.padEnd(8)}  ${plain(value)}`,
  );
  const code = transform?.split("\n").map((line) => `  ${plain(line)}`) ?? [];
  return [...lines, ...(code.length === 0 ? [] : ["transform", ...code])].join("\n");
}

async function get({ api, args, show }: Call<unknown>): Promise<void> {
  const path = { webhook: args[0] ?? "" };
  const { data } = await answerOf(api.GET("/v2/env/webhooks/{webhook}", { params: { path } }));
  show(data, () => textOf(data));
}

function filterOf({ allow, deny }: ChangeOptions): Pick<Change, "eventFilter"> {
  if (allow && deny) throw new InvalidArgumentError("Give --allow or --deny, not both.");
  if (allow) return { eventFilter: { filter: "ALLOW", events: allow } };
  return deny ? { eventFilter: { filter: "DENY", events: deny } } : {};
}

/** What is left out stays as it is; an empty text takes it away. */
async function changeOf({ options, around }: Call<ChangeOptions>): Promise<Change> {
  const { name, transform, response } = options;
  const code = transform === undefined ? undefined : await givenText(transform, "--transform", around);
  return {
    ...(name !== undefined && { name }),
    ...(code !== undefined && { transform: code === "" ? null : code }),
    ...(response !== undefined && { response: response === "" ? null : response }),
    ...filterOf(options),
  };
}

async function create(call: Call<ChangeOptions>): Promise<void> {
  const body = { ...(await changeOf(call)), name: call.args[0] ?? "" };
  const { data } = await answerOf(call.api.POST("/v2/env/webhooks", { body }));
  call.show(data, () => textOf(data));
}

async function update(call: Call<ChangeOptions>): Promise<void> {
  const body = await changeOf(call);
  if (Object.keys(body).length === 0)
    throw new InvalidArgumentError("Say what is to change, such as --transform.");
  const params = { path: { webhook: call.args[0] ?? "" } };
  const { data } = await answerOf(call.api.PATCH("/v2/env/webhooks/{webhook}", { params, body }));
  call.show(data, () => textOf(data));
}

async function remove({ api, args, show }: Call<unknown>): Promise<void> {
  const [webhook = ""] = args;
  await api.DELETE("/v2/env/webhooks/{webhook}", { params: { path: { webhook } } });
  show({ id: webhook }, () => `${webhook} is deleted, and its address with it`);
}

interface TestOptions {
  body: string;
  header?: Record<string, string>;
  query?: Record<string, string>;
  transform?: string;
}

/** `name: value` or `name=value`. */
function pair(value: string, before: Record<string, string> = {}): Record<string, string> {
  const [, name = "", given = ""] = /^([^:=\s]+)\s*[:=]\s*(.*)$/s.exec(value) ?? [];
  if (name !== "") return { ...before, [name]: given };
  throw new InvalidArgumentError('It must be a name and a value, such as "x-github-event: push".');
}

async function tryOut({ api, args, options, show, around }: Call<TestOptions>): Promise<void> {
  const { header: headers = {}, query = {}, transform } = options;
  const body = {
    body: await givenText(options.body, "--body", around),
    headers,
    query,
    ...(transform !== undefined && { transform: await givenText(transform, "--transform", around) }),
  };
  const params = { path: { webhook: args[0] ?? "" } };
  const { data } = await answerOf(api.POST("/v2/env/webhooks/{webhook}/test", { params, body }));
  show(data, () => {
    const events = data.events.map((event) => JSON.stringify(event, null, 2));
    const dropped = data.dropped > 0 ? [`${data.dropped} left out by its filter`] : [];
    return events.length + dropped.length === 0 ? "No events" : [...events, ...dropped].join("\n");
  });
}

function addChangeOptions(command: Command): Command {
  return command
    .option(
      "--transform <code>",
      "JavaScript that makes events of what is posted: @file, or - for standard input",
    )
    .option("--response <text>", "what the sender is answered")
    .option(
      "--allow <event>",
      "only events of these names come of it; may be given again, or with commas",
      several,
    )
    .option("--deny <event>", "no events of these names", several);
}

const which: [string, string] = ["<webhook>", "its id, as `webhooks list` shows it"];

function addChanges(webhooks: Command, around: ApiSurroundings): void {
  addApiCommand<ChangeOptions>(webhooks, around, {
    name: "create",
    description: "make a webhook; prints its address",
    args: [["<name>", "what it is for"]],
    options: addChangeOptions,
    run: create,
  });
  addApiCommand<ChangeOptions>(webhooks, around, {
    name: "update",
    description: 'change a webhook; what is left out stays, "" takes it away',
    args: [which],
    options: (command) => addChangeOptions(command.option("--name <name>", "what it is for")),
    run: update,
  });
  addApiCommand(webhooks, around, {
    name: "delete",
    description: "delete a webhook; its address is gone for good",
    args: [which],
    run: remove,
  });
}

/** `stepfast webhooks …`. */
export function addWebhooks(root: Command, around: ApiSurroundings): void {
  const webhooks = root.command("webhooks").description("look at webhooks, make, change and try them");
  addApiCommand(webhooks, around, { name: "list", description: "list webhooks", run: list });
  addApiCommand(webhooks, around, {
    name: "get",
    description: "show a webhook with its transform",
    args: [which],
    run: get,
  });
  addChanges(webhooks, around);
  addApiCommand<TestOptions>(webhooks, around, {
    name: "test",
    description: "show the events that a post would become; sends none",
    args: [which],
    options: (command) =>
      command
        .option("--body <text>", "what is posted: as it is, @file, or - for standard input", "")
        .option("--header <pair>", 'a header such as "x-github-event: push"; may be given again', pair)
        .option("--query <pair>", "a parameter such as from=mars; may be given again", pair)
        .option("--transform <code>", "try this one instead of the webhook's: @file, or -"),
    run: tryOut,
  });
}
