import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { modes, type World, worldOf } from "./modes.ts";
import { Shell } from "./shell.ts";
import { temporaryFolder } from "./world.ts";

describe.each(modes)("keys and webhooks by command in %s mode", (mode) => {
  let world: World;
  let shell: Shell;
  let cwd: string;
  beforeAll(async () => {
    world = await worldOf(mode);
    cwd = temporaryFolder(world.cleanUps);
    shell = new Shell(world, cwd);
  });
  afterAll(() => world.cleanUps.run());

  test("a key is made, opens what it may, is listed without itself, and revoked", async () => {
    expect((await shell.run(["keys", "list"])).out).toBe("No keys\n");
    const made = await shell.run(["keys", "create", "for the shop", "--scope", "send,read"]);
    const key = made.out.trim();
    expect([made.code, key]).toEqual([0, expect.stringMatching(/^sfk_\w{26}_/)]);
    const [listed] = await shell.json(["keys", "list"]);
    expect(listed).toMatchObject({ name: "for the shop", scopes: ["send", "read"], revokedAt: null });
    const table = (await shell.run(["keys", "list"])).out;
    expect(table).toMatch(new RegExp(`${listed.id}  for the shop  send,read  …${key.slice(-4)} `));
    expect(table).not.toContain(key);
    const withKey = (args: string[]) => shell.run([...args, "--api-key", key]);
    expect((await withKey(["send", "a/b"])).code).toBe(0);
    const more = await withKey(["keys", "list"]);
    if (mode === "production")
      expect(more).toMatchObject({ code: 1, told: expect.stringContaining("(forbidden)") });
    expect((await shell.run(["keys", "revoke", listed.id])).out).toBe(
      `${listed.id} (for the shop) is revoked\n`,
    );
    expect(await shell.json(["keys", "list"])).toMatchObject([{ revokedAt: expect.any(String) }]);
    if (mode === "production") expect((await withKey(["send", "a/b"])).told).toContain("(unauthorized)");
    expect((await shell.run(["keys", "revoke", "nothing"])).told).toContain("(key_not_found)");
  });

  test("a webhook is made, tried, changed, used and deleted", async () => {
    writeFileSync(
      join(cwd, "hook.js"),
      "function transform(evt) { return { name: 'hook/' + evt.kind, data: evt }; }",
    );
    expect((await shell.run(["webhooks", "list"])).out).toBe("No webhooks\n");
    const options = ["--transform", "@hook.js", "--deny", "hook/b", "--deny", "hook/c"];
    const made = await shell.run(["webhooks", "create", "parcels", ...options]);
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^url +http:.*\n/m) });
    expect(made.out).toMatch(/^events +deny hook\/b, hook\/c$/m);
    const [{ id, url }] = await shell.json(["webhooks", "list"]);
    expect((await shell.run(["webhooks", "list"])).out).toContain(`${id}  parcels  yes`);
    const tried = await shell.run(["webhooks", "test", id, "--body", '{"kind":"a"}', "--header", "x-a: b"]);
    expect(JSON.parse(tried.out)).toMatchObject({ name: "hook/a", data: { kind: "a" } });
    shell.input =
      "function transform(e, headers, query) { return { name: headers['X-A'] + query.from, data: {} }; }";
    const other = ["--header", "x-a: hook/", "--query", "from=mars", "--transform", "-"];
    expect(await shell.json(["webhooks", "test", id, ...other])).toMatchObject({
      events: [{ name: "hook/mars" }],
    });
    const dropped = await shell.run(["webhooks", "test", id, "--body", '{"kind":"b"}']);
    expect(dropped.out).toBe("1 left out by its filter\n");
    await shell.run([
      "webhooks",
      "update",
      id,
      "--name",
      "post",
      "--response",
      "thanks",
      "--allow",
      "hook/b",
    ]);
    expect((await shell.run(["webhooks", "get", id])).out).toMatch(
      /name +post\n.*\nresponse +thanks\nevents +allow hook\/b\n/,
    );
    const sent = await fetch(url, { method: "POST", body: '{"kind":"b"}' });
    expect(await sent.text()).toBe("thanks");
    expect(await shell.json(["webhooks", "update", id, "--transform", ""])).toMatchObject({
      transform: null,
    });
    expect((await shell.run(["webhooks", "delete", id])).code).toBe(0);
    expect((await shell.run(["webhooks", "get", id])).told).toContain("(webhook_not_found)");
    const broken = await shell.run(["webhooks", "create", "x", "--transform", "function ("]);
    expect(broken).toMatchObject({ code: 1, out: "", told: expect.stringContaining("(transform_failed)") });
  });

  test.each([
    [["keys", "create", "x"]],
    [["keys", "create", "x", "--scope", "all"]],
    [["webhooks", "update", "x"]],
    [["webhooks", "create", "x", "--allow", "a", "--deny", "b"]],
    [["webhooks", "test", "x", "--header", "nonsense"]],
  ])("%j is wrong usage", async (args) => {
    const { code, out, told } = await shell.run(args);
    expect([code, out]).toEqual([2, ""]);
    expect(told).not.toBe("");
  });
});
