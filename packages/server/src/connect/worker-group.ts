import { canonicalJson } from "@stepfast/protocol";
import type { AppRow, Store } from "@stepfast/store";
import { digestOf } from "../auth/digest.ts";

/** One version of an app: workers that bring the same one are a group (SERVER §4.3). */
export interface WorkerGroup {
  /** Hexadecimal; the same wherever and whenever the same is brought. */
  hash: string;
  appId: string;
  appVersion: string | null;
}

interface Brought extends Pick<AppRow, "id" | "appVersion" | "sdk"> {
  functions: readonly { id: string }[];
}

export function workerGroup({ id, appVersion, sdk, functions }: Brought): WorkerGroup {
  const sorted = functions.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const text = canonicalJson([id, appVersion, sdk, sorted]);
  return { hash: digestOf(text).toString("hex"), appId: id, appVersion };
}

/** Whether the app is registered as this group brings it: the worker that came last decides. */
export async function isSynced({ appId, hash }: WorkerGroup, store: Store): Promise<boolean> {
  const app = (await store.listApps()).find(({ id }) => id === appId);
  if (!app) return false;
  const rows = (await store.listFunctions()).filter((fn) => fn.appId === appId && fn.archivedAt === null);
  const functions = rows.map(({ config }) => JSON.parse(config) as { id: string });
  return workerGroup({ ...app, functions }).hash === hash;
}
