import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** They take a minute and more: begun last, one worker would idle while the other still runs them. */
const LONG = ["chaos.test.ts", "saga.test.ts", "profiles.test.ts", "crash.test.ts", "broken-cluster.test.ts"];

/** Modules of these hold nothing that one test file could leave behind for the next, so files share a process. */
const SHARED = ["protocol", "client", "store", "engine", "server"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = LONG.findIndex((name) => moduleId.endsWith(`/${name}`));
      return place === -1 ? LONG.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

const shared = SHARED.map((name) => `packages/${name}/test/**/*.test.ts`);

export default defineConfig({
  test: {
    // Generous: a machine that does other work too must not fail what is right.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: [
            "packages/*/test/**/*.test.ts",
            "internal/*/test/**/*.test.ts",
            "examples/*/test/**/*.test.ts",
          ],
          exclude: shared,
        },
      },
      { extends: true, test: { name: "together", include: shared, isolate: false } },
    ],
  },
});
