import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { ATTACH, type CallAnswer, type CallRequest, type InlineTransport, type Op } from "@stepfast/protocol";
import { type AnyFunction, apps, type Cast } from "./cast.ts";
import { SimProcess } from "./process.ts";

type CallRemote = (parts: {
  fn: AnyFunction;
  slug: string;
  client: unknown;
  request: CallRequest;
  checkpoint: ((ops: Op[]) => Promise<void>) | undefined;
}) => Promise<CallAnswer>;

/** The SDK's own way of answering a call, under its HTTP layer. It is no part of the public surface. */
const sdkRoot = dirname(createRequire(import.meta.url).resolve("stepfast"));
const { callRemote } = (await import(pathToFileURL(join(sdkRoot, "execution/remote/call.js")).href)) as {
  callRemote: CallRemote;
};

/** A process that serves the remote functions. */
export class AppHost {
  readonly process: SimProcess;
  readonly #cast: Cast;

  constructor(
    name: string,
    castOf: (process: SimProcess) => Cast,
    transport: (process: SimProcess) => InlineTransport,
  ) {
    this.process = new SimProcess(name);
    this.#cast = castOf(this.process);
    this.#cast.clients.remote[ATTACH](transport(this.process));
  }

  /** Runs a call as it came over the wire. */
  answer(slug: string, request: CallRequest, checkpoint: (ops: Op[]) => Promise<void>): Promise<CallAnswer> {
    const fn = this.#cast.functions.remote.find((candidate) => slugsOf(candidate).includes(slug));
    if (!fn) throw new Error(`the app serves no ${slug}`);
    const mayCheckpoint = Boolean(request.ctx.fn_id);
    return callRemote({
      fn,
      slug,
      client: this.#cast.clients.remote,
      request,
      checkpoint: mayCheckpoint ? checkpoint : undefined,
    });
  }
}

function slugsOf(fn: AnyFunction): string[] {
  const slug = fn.id(apps.remote);
  return [slug, `${slug}-failure`];
}
