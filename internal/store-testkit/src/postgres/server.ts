import { type ChildProcess, execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";
import { type Account, give, type Programs, preparePrograms, serverAccount } from "./programs.ts";

const USER = "stepfast";

const settings = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  shared_buffers: "64MB",
  max_connections: "60",
  max_wal_size: "512MB",
  log_min_messages: "log",
};

/** A PostgreSQL of its own, in a temporary folder, on loopback, at a port that is free. */
export class PostgresServer {
  readonly port: number;
  readonly url: string;
  readonly #folder: string;
  readonly #programs: Programs;
  readonly #account: Account | undefined;
  #process: ChildProcess | undefined;
  readonly #killAtExit = () => this.#process?.kill("SIGQUIT");

  private constructor(folder: string, password: string, port: number) {
    this.#folder = folder;
    this.port = port;
    this.url = `postgres://${USER}:${password}@127.0.0.1:${port}/postgres`;
    this.#account = serverAccount();
    give(folder, this.#account);
    this.#programs = preparePrograms(folder, this.#account);
    process.on("exit", this.#killAtExit);
  }

  /** Makes the database and starts it; `given` are settings, as in `postgresql.conf`. */
  static async start(given: Record<string, string> = {}): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), "stepfast-postgres-"));
    // The libraries are read by the server's account, too.
    chmodSync(folder, 0o755);
    const password = randomBytes(12).toString("hex");
    const server = new PostgresServer(folder, password, await freePort());
    try {
      await server.#initialise(password);
      await server.resume(given);
      return server;
    } catch (error) {
      await server.destroy();
      throw error;
    }
  }

  async #initialise(password: string): Promise<void> {
    const file = join(this.#folder, "password");
    writeFileSync(file, password, { mode: 0o600 });
    give(file, this.#account);
    const options = [
      "--auth=scram-sha-256",
      `--pwfile=${file}`,
      "--encoding=UTF8",
      "--no-locale",
      "--no-sync",
    ];
    await promisify(execFile)(
      this.#programs.initdb,
      ["-D", this.#data, "-U", USER, ...options],
      this.#spawnOptions(),
    );
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  #spawnOptions() {
    return { ...this.#account, env: this.#programs.env, cwd: this.#folder };
  }

  /** Starts it again where it stopped, as one that can only be read: what an old primary is after a fail-over. */
  async resumeAsReplica(): Promise<void> {
    const signal = join(this.#data, "standby.signal");
    writeFileSync(signal, "");
    give(signal, this.#account);
    await this.#launch({});
  }

  /** Starts it again where it stopped. Resolves when it takes connections. */
  async resume(given: Record<string, string> = {}): Promise<void> {
    rmSync(join(this.#data, "standby.signal"), { force: true });
    await this.#launch(given);
  }

  async #launch(given: Record<string, string>): Promise<void> {
    const all = Object.entries({ ...settings, ...given }).flatMap(([name, value]) => [
      "-c",
      `${name}=${value}`,
    ]);
    const args = ["-D", this.#data, "-p", String(this.port), ...all];
    const started = spawn(this.#programs.postgres, args, {
      ...this.#spawnOptions(),
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = started;
    await untilReady(started);
    watchOver(started, this.#folder);
  }

  /** `SIGINT`: at once, in good order. `SIGQUIT`: at once, as by a crash. Resolves when it has ended. */
  async stop(signal: "SIGINT" | "SIGQUIT" = "SIGINT"): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, "exit");
    running.ref();
    running.kill(signal);
    await ended;
  }

  /** Stops it and removes its folder. */
  async destroy(): Promise<void> {
    process.off("exit", this.#killAtExit);
    await this.stop("SIGQUIT");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** It says so on its standard error, which is read to its end so that it never blocks. */
async function untilReady(started: ChildProcess): Promise<void> {
  if (started.stderr === null) throw new Error("PostgreSQL has no standard error.");
  const said: string[] = [];
  await new Promise<void>((resolve, reject) => {
    started.once("error", reject);
    started.once("exit", () => reject(new Error(`PostgreSQL did not start:\n${said.join("\n")}`)));
    createInterface(started.stderr as NodeJS.ReadableStream).on("line", (line) => {
      if (said.length < 100) said.push(line);
      if (/ready to accept (read-only )?connections/.test(line)) resolve();
    });
  });
}

/** Ends the server and removes its folder if this process is killed: then the pipe to the shell ends. */
function watchOver(server: ChildProcess, folder: string): void {
  if (process.platform === "win32" || server.pid === undefined) return;
  const script = 'cat > /dev/null; kill -QUIT "$0" 2> /dev/null; sleep 1; rm -rf "$1"';
  const watch = spawn("sh", ["-c", script, String(server.pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watch.unref();
  (watch.stdin as unknown as { unref?(): void } | null)?.unref?.();
  server.once("exit", () => watch.kill("SIGKILL"));
  server.unref();
  (server.stderr as unknown as { unref?(): void } | null)?.unref?.();
}
