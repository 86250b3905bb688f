import {
  ATTACH,
  type CallAnswer,
  type HasInline,
  INLINE,
  type InlineCall,
  type InlineClient,
  type InlineFunction,
  type InlineHost,
  type InlineTransport,
} from "@stepfast/protocol";

/** A client that keeps what it is attached to. */
export class StubClient implements InlineClient {
  readonly id: string;
  transport: InlineTransport | null = null;

  constructor(id: string) {
    this.id = id;
  }

  [ATTACH](transport: InlineTransport | null): void {
    this.transport = transport;
  }
}

export type Body = (call: InlineCall, host: InlineHost) => Promise<CallAnswer>;

/** A function that answers each call by what `body` returns. */
export function stubFunction(id: string, event: string, body: Body): HasInline {
  const inline: InlineFunction = {
    configs: (appId) => [
      {
        id: `${appId}-${id}`,
        name: id,
        triggers: [{ event }],
        steps: {
          step: { id: "step", name: "step", runtime: { type: "inline", url: "" }, retries: { attempts: 0 } },
        },
      },
    ],
    call: (_slug, call, host) => ({
      answer: body(call, host),
      settle() {},
      retry() {},
      widen() {},
      async cancel() {},
      stop() {},
    }),
  };
  return { [INLINE]: inline };
}
