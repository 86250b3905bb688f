import type { Statement } from "../connection/pipeline.ts";
import type { Query } from "../connection/transaction.ts";
import type { Layout } from "../profile.ts";

/**
 * One kind of row in a batch: what must be read before its change-sets can be judged, how things stand after those
 * that were applied, and what is to be written in the end. Each row is read once and written once, however many
 * change-sets name it.
 */
export interface Book {
  reads(layout: Layout): Query[];
  writes(layout: Layout): Statement[];
}
