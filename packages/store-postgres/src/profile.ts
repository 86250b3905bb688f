import { StepfastError } from "@stepfast/protocol";

/** What kind of database speaks PostgreSQL's protocol. */
export type DatabaseProfile = "postgres" | "citus" | "yugabytedb" | "cockroachdb";

/** What a kind of database has, and what the store does without where it has not. */
export interface Profile {
  readonly name: DatabaseProfile;
  /**
   * Rows lie on several machines. Each statement that writes or locks is about one row, named by its key; nothing is
   * skipped that is locked; order of arrival comes from no sequence; what became of a commit is told by a row.
   */
  readonly isDistributed: boolean;
  readonly isolation: "READ COMMITTED" | "SERIALIZABLE";
  /** PostgreSQL itself plans and writes: its settings count. */
  readonly isPostgres: boolean;
  readonly hasNotify: boolean;
  /** Whether tables take storage parameters such as `fillfactor`. */
  readonly hasStorageParameters: boolean;
  /** Whether `COLLATE "C"` is written out; where not, text sorts by its bytes anyway. */
  readonly hasCollations: boolean;
}

const postgres: Profile = {
  name: "postgres",
  isDistributed: false,
  isolation: "READ COMMITTED",
  isPostgres: true,
  hasNotify: true,
  hasStorageParameters: true,
  hasCollations: true,
};

const yugabytedb: Profile = {
  name: "yugabytedb",
  isDistributed: true,
  isolation: "SERIALIZABLE",
  isPostgres: false,
  hasNotify: false,
  hasStorageParameters: false,
  hasCollations: true,
};

const profiles: { readonly [Name in DatabaseProfile]: Profile } = {
  postgres,
  citus: { ...postgres, name: "citus", isDistributed: true },
  yugabytedb,
  cockroachdb: { ...yugabytedb, name: "cockroachdb", hasCollations: false },
};

/** Throws `invalid_config` for a name that is none. */
export function profileOf(name: DatabaseProfile = "postgres"): Profile {
  if (Object.hasOwn(profiles, name)) return profiles[name];
  throw new StepfastError(
    "invalid_config",
    `"${name}" is no profile of a database: use one of ${Object.keys(profiles).join(", ")}.`,
  );
}

/** Where a store's tables are, and of what kind their database is. */
export interface Layout {
  /** As an identifier of SQL. */
  readonly schema: string;
  readonly profile: Profile;
  /** Texts of more characters are kept beside their rows. Default 65,536. */
  readonly largeFrom?: number | undefined;
}
