export interface RecordedRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

export type ApiAnswer = { status?: number; json?: unknown; text?: string } | Error;

/** A `fetch` that remembers what it was asked and answers as told; unasked paths get 200 `{}`. */
export class RecordedApi {
  readonly requests: RecordedRequest[] = [];
  readonly #answers = new Map<string, ApiAnswer[]>();

  /** Answers to give to a path in turn; the last one stays. */
  answer(path: string, ...answers: ApiAnswer[]): this {
    this.#answers.set(path, answers);
    return this;
  }

  readonly fetch = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input));
    this.requests.push({
      method: init.method ?? "GET",
      path: url.pathname + url.search,
      headers: Object.fromEntries(new Headers(init.headers)),
      body: init.body === undefined ? undefined : JSON.parse(String(init.body)),
    });
    const answer = this.#next(url.pathname);
    if (answer instanceof Error) throw answer;
    return new Response(answer.text ?? JSON.stringify(answer.json ?? {}), { status: answer.status ?? 200 });
  };

  #next(path: string): Exclude<ApiAnswer, never> {
    const answers = this.#answers.get(path) ?? [];
    return (answers.length > 1 ? answers.shift() : answers[0]) ?? {};
  }
}
