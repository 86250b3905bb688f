import type { AppRow, EventRow, FunctionRow } from "../records.ts";
import type { NodeFacts } from "../shared-store.ts";
import { DocumentTable } from "./documents.ts";
import { GateTable } from "./gate-table.ts";
import { KeyClaims } from "./key-claims.ts";
import { OrderedIds } from "./ordered-ids.ts";
import { RunTable } from "./run-table.ts";
import { WaitIndex } from "./wait-index.ts";

/** A node's session. One that was given up is remembered, so that its next heartbeat is told. */
export interface Session {
  until: number;
  givenUp: boolean;
  node: NodeFacts;
}

/** Everything the memory store holds. */
export class Tables {
  readonly runs = new RunTable();
  readonly events = new Map<string, EventRow>();
  readonly eventIds = new OrderedIds();
  readonly keys = new KeyClaims();
  readonly waits = new WaitIndex();
  readonly gates = new GateTable();
  readonly sessions = new Map<string, Session>();
  readonly apps = new Map<string, AppRow>();
  readonly functions = new Map<string, FunctionRow>();
  readonly documents = new DocumentTable();
  registryVersion = 0;
}
