import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { SourceFile } from "./source-file.ts";

const BINARY = /\.(png|jpe?g|gif|ico|woff2?|pdf|db|zip|gz|wasm)$/i;

/** Every file that is, or would be, under version control. */
export function readRepository(root: string): SourceFile[] {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(listed.split("\0"))]
    .filter((path) => path !== "" && !BINARY.test(path) && isFile(join(root, path)))
    .map((path) => new SourceFile(path, readFileSync(join(root, path), "utf8")));
}

function isFile(path: string): boolean {
  return existsSync(path) && statSync(path).isFile();
}
