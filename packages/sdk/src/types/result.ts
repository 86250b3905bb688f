/** What came of something that may fail without throwing. */
export type Result<T, E = undefined> = { ok: true; value: T } | { ok: false; error?: E };

export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

export function err<E>(error?: E): Result<never, E> {
  return error === undefined ? { ok: false } : { ok: false, error };
}
