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
import { undoing } from "./undoing.ts";

/** What the published package can do as well. An event that it sends in a step is sent again when the step's result is lost. */
const portable = [sequence, parallel, gate, family, marathon, narrow];
const all = [...portable, handshake, beacon, saga, undoing];

export function allScenarios(workshop: Workshop): Scenario[] {
  return all.map((make) => make(workshop));
}

export function portableScenarios(workshop: Workshop): Scenario[] {
  return portable.map((make) => make(workshop));
}
