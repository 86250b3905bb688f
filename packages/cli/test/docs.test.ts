import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { main } from "../src/main.ts";

const page = readFileSync(new URL("../../../docs/cli.md", import.meta.url), "utf8");

async function helpOf(args: string[]): Promise<string> {
  let printed = "";
  const code = await main([...args, "--help"], {
    env: {},
    cwd: "/nowhere",
    io: { tell: () => {}, untilStopped: async () => "SIGINT", color: false },
    print: (text) => {
      printed += text;
    },
    run: { dev: async () => 1, start: async () => 1, migrate: async () => {}, move: async () => {} },
  });
  expect(code).toBe(0);
  return printed;
}

/** Commands below this one, and itself. */
async function commandsBelow(args: string[]): Promise<string[][]> {
  const list = /Commands:\n([\s\S]*)/.exec(await helpOf(args))?.[1] ?? "";
  const names = [...list.matchAll(/^ {2}([a-z]+)/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "help");
  const below = await Promise.all(names.map((name) => commandsBelow([...args, name])));
  return names.length === 0 ? [args] : below.flat();
}

test("docs/cli.md names every command and every option of it", async () => {
  const commands = await commandsBelow([]);
  expect(commands).toContainEqual(["runs", "get"]);
  for (const command of commands) {
    expect(page).toContain(command.join(" "));
    const options = [...(await helpOf(command)).matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(
      ([, name]) => name,
    );
    for (const option of options.filter((name) => name !== "--help")) {
      expect([command.join(" "), page.includes(`${option}\``) || page.includes(`${option} `)]).toEqual([
        command.join(" "),
        true,
      ]);
    }
  }
});
