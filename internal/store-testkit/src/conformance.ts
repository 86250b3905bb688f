import type { Store } from "@stepfast/store";
import { afterEach, beforeEach, describe } from "vitest";
import type { Subject } from "./subject.ts";
import { appSuite } from "./suites/apps.ts";
import { batchSuite } from "./suites/batches.ts";
import { claimSuite } from "./suites/claims.ts";
import { documentSuite } from "./suites/documents.ts";
import { eventSuite } from "./suites/events.ts";
import { gateSuite } from "./suites/gates.ts";
import { guardSuite } from "./suites/guards.ts";
import { keySuite } from "./suites/keys.ts";
import { largeValueSuite } from "./suites/large-values.ts";
import { lifecycleSuite } from "./suites/lifecycle.ts";
import { messageSuite } from "./suites/messages.ts";
import { parkedSuite } from "./suites/parked.ts";
import { pruneSuite } from "./suites/prune.ts";
import { runListSuite } from "./suites/run-lists.ts";
import { sessionSuite } from "./suites/sessions.ts";
import { stepSuite } from "./suites/steps.ts";
import { waitSuite } from "./suites/waits.ts";

export interface OpenedStore {
  store: Store;
  /** Ends the store as the end of its process would, and opens it again. Stores that last only have it. */
  reopen?: () => Promise<Store>;
}

/** An empty store. */
export type OpenStore = () => Promise<OpenedStore>;

/** What every driver must do, as a suite. Each test gets an empty store. */
export function storeConformance(name: string, open: OpenStore): void {
  describe(`${name} keeps the storage contract`, () => {
    let opened: OpenedStore;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened.store.close();
    });
    const subject: Subject = {
      get store() {
        return opened.store;
      },
      async reopen() {
        opened = { ...opened, store: (await opened.reopen?.()) ?? opened.store };
        return opened.store;
      },
    };
    const suites = [guardSuite, keySuite, eventSuite, stepSuite, waitSuite, messageSuite, batchSuite];
    const later = [claimSuite, sessionSuite, runListSuite, appSuite, gateSuite, parkedSuite, pruneSuite];
    for (const suite of [...suites, ...later, documentSuite, largeValueSuite, lifecycleSuite]) suite(subject);
  });
}
