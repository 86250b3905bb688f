/** Times in answers are ISO texts; an unset one is null. */
export function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

export function isoText(ms: number): string {
  return new Date(ms).toISOString();
}

/** The v1 envelope (PROTOCOL §8). Answers are never cached. */
export function envelopeV1(data: unknown, nowMs: number): object {
  return { data, metadata: { fetched_at: isoTime(nowMs), cached_until: null } };
}

export interface Page {
  /** Id to pass as `cursor` for the next page; null on the last one. */
  cursor: string | null;
  hasMore: boolean;
  limit: number;
}

/** The v2 envelope (SERVER §4.4). */
export function envelopeV2(data: unknown, nowMs: number, page?: Page): object {
  const metadata = { fetchedAt: isoTime(nowMs), cachedUntil: null };
  return page === undefined ? { data, metadata } : { data, metadata, page };
}

/** Rows of which one more than `limit` was asked for, as a page. */
export function pageOf<T extends { id: string }>(rows: T[], limit: number): { rows: T[]; page: Page } {
  const shown = rows.slice(0, limit);
  const hasMore = rows.length > limit;
  return { rows: shown, page: { cursor: hasMore ? (shown.at(-1)?.id ?? null) : null, hasMore, limit } };
}

/** JSON text of a row as a value. */
export function parsed(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
