import type { Case } from "../case.ts";
import { backlog } from "./backlog.ts";
import { connect } from "./connect.ts";
import { crowd, crowdInBatches, crowdInMemory } from "./crowd.ts";
import { http } from "./http.ts";
import { latency } from "./latency.ts";
import { longRun } from "./long-run.ts";
import { parallel } from "./parallel.ts";
import { postgres } from "./postgres.ts";
import { postgresParked } from "./postgres-parked.ts";
import { retention } from "./retention.ts";
import { sequential } from "./sequential.ts";
import { sleepers } from "./sleepers.ts";
import { storeAlone } from "./store.ts";

export const cases: readonly Case[] = [
  storeAlone,
  sequential,
  latency,
  crowd,
  crowdInBatches,
  crowdInMemory,
  parallel,
  longRun,
  sleepers,
  backlog,
  retention,
  http,
  connect,
  postgres,
  postgresParked,
];
