import { StepfastError } from "@stepfast/protocol";
import type { Connections } from "./connection/connections.ts";
import { reasonOf } from "./connection/failure.ts";
import type { Profile } from "./profile.ts";

const OLDEST = 150_000;

/** What a server says of itself. */
export interface ServerFacts {
  /** `server_version_num`, e.g. 170010. */
  version: number;
  fsync: string;
  fullPageWrites: string;
  synchronousCommit: string;
  isReplica: boolean;
  isReadOnly: string;
}

const question = `SELECT current_setting('server_version_num'), current_setting('fsync'),
  current_setting('full_page_writes'), current_setting('synchronous_commit'), pg_is_in_recovery(),
  current_setting('default_transaction_read_only')`;

/** Of a database that keeps what it acknowledged in a way of its own. */
const plainQuestion =
  "SELECT 0, '', '', '', pg_is_in_recovery(), current_setting('default_transaction_read_only')";

/** Throws `invalid_config` if the server would lose what it acknowledged, or cannot be written to. */
export async function checkServer(connections: Connections, profile: Profile): Promise<void> {
  const facts = await readFacts(connections, profile.isPostgres ? question : plainQuestion);
  const problem = profile.isPostgres ? problemOf(facts) : accessProblemOf(facts);
  if (problem !== undefined)
    throw new StepfastError("invalid_config", `This PostgreSQL cannot be used: ${problem}.`);
}

async function readFacts(connections: Connections, text: string): Promise<ServerFacts> {
  try {
    const [answer] = await connections.read([{ text }]);
    const [version, fsync, fullPageWrites, synchronousCommit, replica, readOnly] = answer?.rows[0] ?? [];
    return {
      version: Number(version),
      fsync: String(fsync),
      fullPageWrites: String(fullPageWrites),
      synchronousCommit: String(synchronousCommit),
      isReplica: replica === "t",
      isReadOnly: String(readOnly),
    };
  } catch (cause) {
    if (StepfastError.is(cause)) throw cause;
    throw new StepfastError("store_unavailable", `PostgreSQL does not answer: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}

function accessProblemOf(facts: Pick<ServerFacts, "isReplica" | "isReadOnly">): string | undefined {
  if (facts.isReplica) return "it is a read-only replica; use the address of the primary";
  if (facts.isReadOnly === "off") return undefined;
  return "transactions are read-only by default; use a role or server that can write";
}

/** Why the server cannot be used, and what to do. */
export function problemOf(facts: ServerFacts): string | undefined {
  if (facts.version < OLDEST) {
    return `it is version ${Math.floor(facts.version / 10_000)}; use 15 or newer`;
  }
  const access = accessProblemOf(facts);
  if (access !== undefined) return access;
  if (facts.fsync !== "on")
    return "fsync is off, so a power failure would lose or damage data; set fsync = on";
  if (facts.fullPageWrites !== "on") {
    return "full_page_writes is off, so a power failure could damage data; set full_page_writes = on";
  }
  if (facts.synchronousCommit === "off") {
    return "synchronous_commit is off, so a crash would lose what was acknowledged; set synchronous_commit = on";
  }
  return undefined;
}
