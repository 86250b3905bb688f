import { setImmediate } from "node:timers/promises";
import type { RunFilter, RunRow, Store } from "@stepfast/store";
import { eventsOf } from "../routes/lookup.ts";
import { runMatcher } from "../search/search.ts";
import { type ArchivedRun, archiveLine } from "./archive-line.ts";

const PER_PAGE = 20;
/** Roughly what is sent at once. */
const CHUNK_LENGTH = 64 * 1024;

export interface ArchiveQuery {
  /** Of ended runs, oldest first; with the cursor. */
  filter: RunFilter;
  search?: string | undefined;
}

async function* runsOf(store: Store, { filter, search }: ArchiveQuery): AsyncGenerator<RunRow> {
  const isMeant = search === undefined ? () => true : runMatcher(search);
  let { cursor } = filter;
  for (;;) {
    const from = cursor === undefined ? {} : { cursor };
    const page = await store.listRuns({ ...filter, ...from, order: "asc", limit: PER_PAGE });
    const events = search === undefined ? new Map() : await eventsOf(store, page);
    for (const run of page) if (isMeant(run, events.get(run.eventId))) yield run;
    cursor = page.at(-1)?.id;
    if (page.length < PER_PAGE) return;
    // Others come in between.
    await setImmediate();
  }
}

/** Null: it was deleted meanwhile. */
async function read(store: Store, { id }: RunRow): Promise<ArchivedRun | null> {
  const loaded = await store.loadRun(id);
  if (!loaded) return null;
  const [attempts, metadata] = await Promise.all([store.listAttempts(id), store.listMetadata(id)]);
  return { ...loaded, attempts, metadata };
}

async function* chunksOf(store: Store, query: ArchiveQuery): AsyncGenerator<string> {
  let chunk = "";
  for await (const run of runsOf(store, query)) {
    const archived = await read(store, run);
    if (!archived) continue;
    for (const piece of archiveLine(archived)) {
      chunk += piece;
      if (chunk.length < CHUNK_LENGTH) continue;
      yield chunk;
      chunk = "";
    }
  }
  if (chunk !== "") yield chunk;
}

/**
 * Ended runs with all that is known of them, as JSON lines. One run is in memory at a time, and no more is read than is
 * taken. `onError` is told what ended it early: then the stream fails.
 */
export function archiveStream(
  store: Store,
  query: ArchiveQuery,
  onError: (error: unknown) => void,
): ReadableStream<Uint8Array> {
  const chunks = chunksOf(store, query);
  let isLeft = false;
  const encoder = new TextEncoder();
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { value, done } = await chunks.next();
          if (isLeft) return;
          if (done) controller.close();
          else controller.enqueue(encoder.encode(value));
        } catch (error) {
          onError(error);
          controller.error(error);
        }
      },
      // Whoever reads has left, perhaps while the next run was being read: nothing is wrong.
      async cancel() {
        isLeft = true;
        await chunks.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}
