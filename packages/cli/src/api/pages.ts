interface Paged<Row> {
  data: Row[];
  page: { cursor: string | null; hasMore: boolean };
}

/** What is asked for at once. */
const PER_PAGE = 100;

/** Up to `limit` rows of a list, page by page; `hasMore` tells of those that are left. */
export async function collect<Row>(
  limit: number,
  ask: (page: { limit: number; cursor?: string }) => Promise<Paged<Row>>,
): Promise<{ rows: Row[]; hasMore: boolean }> {
  const rows: Row[] = [];
  for (let cursor: string | null = null; ; ) {
    const size = Math.min(PER_PAGE, limit - rows.length);
    const answer: Paged<Row> = await ask(cursor === null ? { limit: size } : { limit: size, cursor });
    rows.push(...answer.data);
    ({ cursor } = answer.page);
    if (cursor === null || rows.length >= limit) return { rows, hasMore: answer.page.hasMore };
  }
}

/** A line below a list that is not complete. */
export function moreLine(hasMore: boolean): string {
  return hasMore ? "\nThere are more: pass a higher --limit" : "";
}
