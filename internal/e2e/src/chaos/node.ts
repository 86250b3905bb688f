import { consoleLog, type ProductionOptions, startProductionServer } from "@stepfast/server";
import { openPostgresStore } from "@stepfast/store-postgres";
import { forgetfulStore } from "../campaign/forgetful-store.ts";

/*
 * One node, as `stepfast start` runs it. Argument: its options as JSON. Tells its address in a line of JSON, and closes in
 * good order when its standard input ends.
 */

export interface NodeProgramOptions extends Omit<ProductionOptions, "log" | "store" | "databaseUrl"> {
  databaseUrl: string;
  isForgetful: boolean;
}

const FORGOTTEN = 0.2;

const { isForgetful, ...options } = JSON.parse(process.argv[2] ?? "") as NodeProgramOptions;
const store = isForgetful
  ? forgetfulStore(await openPostgresStore({ url: options.databaseUrl }), FORGOTTEN)
  : undefined;
const server = await startProductionServer({ ...options, ...(store && { store }), log: consoleLog("error") });
process.stdout.write(`${JSON.stringify({ url: server.url })}\n`);
process.stdin.resume().once("end", async () => {
  await server.close();
  process.exit(0);
});
