/** What a registration holds, as far as tests look at it. */
export interface Registered {
  url: string;
  functions: { id: string; steps: { step: { runtime: { url: string } } } }[];
}

/** The registration that a request carried. Throws if there was none. */
export function registered(request: { body: unknown } | undefined): Registered {
  if (!request) throw new Error("nothing was registered");
  return request.body as Registered;
}
