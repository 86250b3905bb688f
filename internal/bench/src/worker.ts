import { cases } from "./cases/index.ts";

/* `worker.js NAME FOLDER [--smoke]`: measures one case and prints its figures as JSON. */

const [name = "", folder = "", mode] = process.argv.slice(2);
const chosen = cases.find((one) => one.name === name);
if (!chosen) throw new Error(`There is no case "${name}": ${cases.map((one) => one.name).join(", ")}`);
process.stdout.write(JSON.stringify(await chosen.run({ folder, smoke: mode === "--smoke" })));
