import type { MessageRow } from "../records.ts";
import type { News, Peer } from "../shared-store.ts";
import type { Tables } from "./tables.ts";

export function news(tables: Tables, owner: string, now: number): News {
  const sessions = [...tables.sessions.values()];
  return {
    wakeAt: tables.runs.nextWakeAt(),
    gateAt: tables.gates.nextAt(),
    messages: messagesFor(tables, owner),
    registryVersion: tables.registryVersion,
    peers: peers(tables, owner),
    hasLapsed: sessions.some(({ until, givenUp }) => !givenUp && until <= now),
  };
}

function messagesFor(tables: Tables, owner: string): MessageRow[] {
  const held = tables.runs.byOwner.get(owner).map((id) => tables.runs.require(id));
  return held.flatMap(({ messages }) => [...messages.values()].map((row) => ({ ...row })));
}

function peers(tables: Tables, owner: string): Peer[] {
  const alive = [...tables.sessions].filter(([name, { givenUp }]) => name !== owner && !givenUp);
  return alive
    .map(([name, { node }]) => ({ owner: name, url: node.url, apps: [...node.apps] }))
    .sort((a, b) => (a.owner < b.owner ? -1 : 1));
}
