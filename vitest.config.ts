import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "internal/*/test/**/*.test.ts", "examples/*/test/**/*.test.ts"],
    // Generous: a machine that does other work too must not fail what is right.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: 2,
  },
});
