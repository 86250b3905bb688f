import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** Where a child serves: it says so in its first line, as JSON. Undefined: it ended without a word. */
export async function firstUrl(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const { url } = JSON.parse(line) as { url: string };
    return url;
  }
  return undefined;
}
