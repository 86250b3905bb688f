import type { Scenario } from "../scenario.ts";
import type { Workshop } from "../workshop.ts";
import { beacon } from "./beacon.ts";
import { family } from "./family.ts";
import { gate } from "./gate.ts";
import { handshake } from "./handshake.ts";
import { marathon } from "./marathon.ts";
import { narrow } from "./narrow.ts";
import { parallel } from "./parallel.ts";
import { saga } from "./saga.ts";
import { sequence } from "./sequence.ts";

export function allScenarios(workshop: Workshop): Scenario[] {
  const made = [sequence, parallel, handshake, gate, beacon, family, saga, marathon, narrow];
  return made.map((make) => make(workshop));
}
