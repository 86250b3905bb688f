import { StepfastError } from "@stepfast/protocol";
import type { Connection } from "./connection/connections.ts";
import { leaseTime } from "./writer/sessions.ts";

/**
 * Nodes of an earlier release cannot read what one writes that changes the schema: they would take the reference to a large
 * text for the text. So none of them may be alive when it is changed, and the sessions of those that died are given up: one that
 * wakes up later finds all its writes refused, and at its next heartbeat that it has to end. Throws `store_locked`.
 */
export async function refuseEarlierNodes(connection: Connection, schema: string): Promise<void> {
  const text = `SELECT coalesce(url, owner) FROM ${schema}.sessions WHERE NOT given_up AND until > ${leaseTime} ORDER BY 1`;
  const [alive] = await connection.send([{ text, values: [null] }]);
  const nodes = (alive?.rows ?? []).map(([node]) => String(node));
  if (nodes.length > 0) throw inUse(nodes);
  await connection.send([{ text: `UPDATE ${schema}.sessions SET given_up = true WHERE NOT given_up` }]);
}

function inUse(nodes: string[]): StepfastError {
  const named = nodes.slice(0, 5).join(", ");
  return new StepfastError(
    "store_locked",
    `This release changes the schema, and ${nodes.length} of the release before it still work on it (${named}): stop them first; one that died is waited for until its lease has run out.`,
  );
}
