import { documents } from "./documents.ts";
import { forks } from "./forks.ts";
import { gates } from "./gates.ts";
import { initial } from "./initial.ts";
import { largeValues } from "./large-values.ts";
import { metadata } from "./metadata.ts";
import { tickets } from "./tickets.ts";

/**
 * The schema's versions, the first first: each is SQL in which `{schema}` stands for the schema's name. A version that
 * was released is never changed.
 */
export const migrations: readonly string[] = [
  initial,
  gates,
  documents,
  tickets,
  metadata,
  largeValues,
  forks,
];
