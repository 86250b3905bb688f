import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "./free-port.ts";
import { give, serverAccount } from "./programs.ts";

/** Where the program is installed; undefined: it is not. */
export function bouncerProgram(): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  return folders.map((folder) => join(folder, "pgbouncer")).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A PgBouncer in transaction mode before a PostgreSQL, on loopback, with no more settings than it needs. */
export class PgBouncer {
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #killAtExit = () => this.#process.kill("SIGKILL");

  private constructor(folder: string, child: ChildProcess, url: string) {
    this.#folder = folder;
    this.#process = child;
    this.url = url;
    process.on("exit", this.#killAtExit);
  }

  /** `settings`: of the section `[pgbouncer]`. Throws if the program is not installed, or does not start. */
  static async start(databaseUrl: string, settings: Record<string, string> = {}): Promise<PgBouncer> {
    const program = bouncerProgram();
    if (program === undefined) throw new Error("pgbouncer is not installed");
    const folder = mkdtempSync(join(tmpdir(), "stepfast-pgbouncer-"));
    const port = await freePort();
    const account = serverAccount();
    const file = join(folder, "pgbouncer.ini");
    const users = join(folder, "users.txt");
    const target = new URL(databaseUrl);
    writeFileSync(users, `"${target.username}" "${target.password}"\n`, { mode: 0o600 });
    writeFileSync(file, configuration(target, { port, users, settings }));
    for (const path of [folder, users, file]) give(path, account);
    const child = spawn(program, [file], { ...account, stdio: ["ignore", "ignore", "pipe"] });
    const url = new URL(databaseUrl);
    url.port = String(port);
    const bouncer = new PgBouncer(folder, child, String(url));
    try {
      await untilUp(child);
    } catch (error) {
      await bouncer.stop();
      throw error;
    }
    return bouncer;
  }

  async stop(): Promise<void> {
    process.off("exit", this.#killAtExit);
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, "exit");
      // Nothing else may be left that this process would wait for.
      this.#process.ref();
      this.#process.kill("SIGKILL");
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configuration(
  target: URL,
  { port, users, settings }: { port: number; users: string; settings: Record<string, string> },
): string {
  const all = {
    listen_addr: "127.0.0.1",
    listen_port: port,
    unix_socket_dir: "",
    auth_type: "scram-sha-256",
    auth_file: users,
    pool_mode: "transaction",
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  const to = `host=${target.hostname} port=${target.port}`;
  return ["[databases]", `* = ${to}`, "[pgbouncer]", ...lines, ""].join("\n");
}

async function untilUp(child: ChildProcess): Promise<void> {
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`PgBouncer did not start:\n${said.join("\n")}`)));
    createInterface(child.stderr as NodeJS.ReadableStream).on("line", (line) => {
      if (said.length < 100) said.push(line);
      if (/process up/.test(line)) resolve();
    });
  });
  child.unref();
  (child.stderr as unknown as { unref?(): void } | null)?.unref?.();
}
