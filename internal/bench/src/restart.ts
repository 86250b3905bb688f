import { openWorkbench } from "./workbench.ts";

/* Opens the database in a folder and prints how many milliseconds that took. */

const begunAt = performance.now();
const bench = await openWorkbench(process.argv[2]);
process.stdout.write(String(performance.now() - begunAt));
await bench.close();
