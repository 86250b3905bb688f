import { type EventPayload, type Json, sha1Hex } from "@stepfast/protocol";
import type { GateKind } from "@stepfast/store";
import type { Expression } from "../expression/index.ts";

const MAX_KEY_LENGTH = 200;

/** The value of a limit's key for an event; null: the limit has no key. A key that cannot be evaluated is one value. */
export interface KeyValue {
  /** JSON, or its digest where it is long. */
  text: string;
  value: Json;
}

export function keyValue(key: Expression | null, event: EventPayload): KeyValue | null {
  if (!key) return null;
  const value = tryValue(key, event);
  return { value, text: keyText(value) };
}

export function keyText(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > MAX_KEY_LENGTH ? sha1Hex(text) : text;
}

function tryValue(key: Expression, event: EventPayload): Json {
  try {
    return key.value({ event });
  } catch {
    return "invalid key";
  }
}

/** With which the ids of a limit's gates begin. A limit whose number is changed goes on where it stood. */
export function gatePrefix(kind: GateKind | "whole", functionId: string, key: Expression | null): string {
  return `${kind}:${functionId}:${ruleOf(key)}:`;
}

/** Tells rules with different keys apart. */
export function ruleOf(key: Expression | null): string {
  return key === null ? "" : sha1Hex(key.text).slice(0, 8);
}

export function gateId(
  kind: GateKind | "whole",
  functionId: string,
  key: Expression | null,
  value: KeyValue | null,
): string {
  return gatePrefix(kind, functionId, key) + (value?.text ?? "");
}

/** Functions share the gate. */
export function isSharedGate(id: string): boolean {
  return /^(lane|whole):@(env|account)::/.test(id);
}

/** A gate that functions share is found by its key's value alone: each may write its key in its own way. */
export function sharedGateId(kind: GateKind | "whole", scope: "env" | "account", value: KeyValue): string {
  return `${kind}:@${scope}::${value.text}`;
}
