import { main } from "stepfast-cli";
import { expect } from "vitest";
import type { World } from "./modes.ts";

export interface Outcome {
  code: number;
  out: string;
  told: string;
}

/** Runs commands as in a shell; the server and its key come from the environment. */
export class Shell {
  readonly #env: Record<string, string>;
  readonly #cwd: string;
  /** What standard input says. */
  input = "";

  constructor({ api, key }: Pick<World, "api" | "key">, cwd = "/nowhere") {
    this.#env = { STEPFAST_URL: api.url, ...(key === undefined ? {} : { STEPFAST_SIGNING_KEY: key }) };
    this.#cwd = cwd;
  }

  async run(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
    let out = "";
    const told: string[] = [];
    const code = await main(args, {
      env: { ...this.#env, ...env },
      cwd: this.#cwd,
      print: (text) => {
        out += text;
      },
      io: { tell: (line) => void told.push(line), untilStopped: async () => "SIGINT", color: false },
      run: { dev: async () => 1, start: async () => 1, migrate: async () => {}, move: async () => {} },
      readInput: async () => this.input,
    });
    return { code, out, told: told.join("\n") };
  }

  async json(args: string[]) {
    const { code, out, told } = await this.run([...args, "--json"]);
    expect([code, told]).toEqual([0, ""]);
    return JSON.parse(out);
  }
}
