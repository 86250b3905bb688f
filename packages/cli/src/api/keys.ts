import { answerOf, type components } from "@stepfast/client";
import { type Command, InvalidArgumentError } from "commander";
import { type ApiSurroundings, addApiCommand, type Call, count, several } from "./api-command.ts";
import { collect, moreLine } from "./pages.ts";
import { shortTime, table } from "./table.ts";

type Scope = components["schemas"]["NewKey"]["scopes"][number];

const scopes: readonly Scope[] = ["send", "read", "write", "admin"];

function scopesOf(value: string, before: Scope[] = []): Scope[] {
  return several(value, before).map((given) => {
    const scope = scopes.find((each) => each === given);
    if (scope !== undefined) return scope;
    throw new InvalidArgumentError(`It must be one of ${scopes.join(", ")}.`);
  });
}

async function list({ api, options, show }: Call<{ limit: number }>): Promise<void> {
  const { rows, hasMore } = await collect(options.limit, (query) =>
    answerOf(api.GET("/v2/keys", { params: { query } })),
  );
  show(rows, () => {
    if (rows.length === 0) return `No keys${moreLine(hasMore)}`;
    const cells = rows.map(({ id, name, scopes, hint, createdAt, revokedAt }) => {
      return [id, name, scopes.join(","), `…${hint}`, shortTime(createdAt), shortTime(revokedAt)];
    });
    return `${table(["KEY", "NAME", "SCOPES", "ENDS IN", "MADE", "REVOKED"], cells)}${moreLine(hasMore)}`;
  });
}

async function create({ api, args, options, show }: Call<{ scope: Scope[] }>): Promise<void> {
  const body = { name: args[0] ?? "", scopes: options.scope };
  const { data } = await answerOf(api.POST("/v2/keys", { body }));
  show(data, () => data.key);
}

async function revoke({ api, args, show }: Call<unknown>): Promise<void> {
  const path = { key: args[0] ?? "" };
  const { data } = await answerOf(api.DELETE("/v2/keys/{key}", { params: { path } }));
  show(data, () => `${data.id} (${data.name}) is revoked`);
}

/** `stepfast keys …`. */
export function addKeys(root: Command, around: ApiSurroundings): void {
  const keys = root.command("keys").description("make and revoke keys of the API");
  addApiCommand<{ limit: number }>(keys, around, {
    name: "list",
    description: "list keys made through the API, revoked ones too",
    options: (command) => command.option("--limit <number>", "how many at most", count, 100),
    run: list,
  });
  addApiCommand<{ scope: Scope[] }>(keys, around, {
    name: "create",
    description: "make a key; prints it, and it is not shown again",
    args: [["<name>", "what it is for"]],
    options: (command) =>
      command.requiredOption(
        "--scope <scope>",
        `what it opens: ${scopes.join(", ")}; may be given again, or with commas`,
        scopesOf,
      ),
    run: create,
  });
  addApiCommand(keys, around, {
    name: "revoke",
    description: "revoke a key, at once and for good",
    args: [["<key>", "its id, as `keys list` shows it"]],
    run: revoke,
  });
}
