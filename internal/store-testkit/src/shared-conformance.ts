import { afterEach, beforeEach, describe } from "vitest";
import type { SharedNodes } from "./shared-nodes.ts";
import { sharedClaimSuite } from "./suites/shared/claims.ts";
import { hintSuite } from "./suites/shared/hints.ts";
import { newsSuite } from "./suites/shared/news.ts";
import { peerSuite } from "./suites/shared/peers.ts";

/**
 * What every store that nodes share must do, as a suite. Each test gets an empty one. `hasHints: false`: nodes find news
 * only when they look.
 */
export function sharedStoreConformance(
  name: string,
  open: () => Promise<SharedNodes>,
  { hasHints }: { hasHints: boolean } = { hasHints: true },
): void {
  describe(`${name} is shared by nodes`, () => {
    let opened: SharedNodes;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await Promise.all([opened.here.close(), opened.there.close()]);
    });
    const nodes: SharedNodes = {
      get here() {
        return opened.here;
      },
      get there() {
        return opened.there;
      },
    };
    for (const suite of [sharedClaimSuite, newsSuite, peerSuite]) suite(nodes);
    if (hasHints) hintSuite(nodes);
  });
}
