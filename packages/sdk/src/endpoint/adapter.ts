import type { ServeClient } from "../serve/contract.ts";
import { DurableEndpoint, type EndpointHandler } from "./durable-endpoint.ts";
import type { EndpointOptions } from "./options.ts";
import { outputProxy } from "./proxy.ts";

/** What a runtime calls: a request in, a response out. */
export type WebHandler = (request: Request) => Promise<Response>;

/** Makes durable endpoints of handlers, for one kind of runtime. Given to a client as `endpointAdapter`. */
export interface EndpointAdapter {
  endpoint(client: ServeClient, handler: EndpointHandler): WebHandler;
  proxy(client: ServeClient): WebHandler;
  /** This adapter with other options; it stays as it is. */
  withOptions(options: EndpointOptions): EndpointAdapter;
}

export function createEndpointAdapter(frameworkName: string, options: EndpointOptions = {}): EndpointAdapter {
  return {
    endpoint(client, handler) {
      const endpoint = new DurableEndpoint({ client, frameworkName, options, handler });
      return (request) => endpoint.handle(request);
    },
    proxy: (client) => outputProxy(client),
    withOptions: (more) => createEndpointAdapter(frameworkName, { ...options, ...more }),
  };
}
