// Commits until a commit is refused, tries twice more, and ends. Prints what came of each.
import { openSqliteStore } from "@stepfast/store-sqlite";
import { makeRun } from "@stepfast-internal/store-testkit";

const store = await openSqliteStore({ path: process.argv[2] ?? "" });
let failures = 0;
for (let no = 0; failures < 3; no++) {
  try {
    await store.commit({ newRuns: [makeRun({ id: `r${no}`, output: "x".repeat(100_000) })] });
    process.stdout.write(`ok r${no}\n`);
  } catch (error) {
    failures += 1;
    process.stdout.write(`${error.code} r${no}\n`);
  }
}
await store.close().catch(() => {});
