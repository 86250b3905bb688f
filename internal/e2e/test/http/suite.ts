import { afterAll, beforeAll, describe } from "vitest";
import { Api } from "./api.ts";
import type { Sdk } from "./sdk.ts";
import { App, CleanUps, devServer } from "./world.ts";

/** Where a program of the shared suite runs. */
export interface Stage {
  sdk: Sdk;
  checkpoints: boolean;
  api(): Api;
  /** A new app of this SDK; it is stopped at the end. */
  app(): App;
}

/** What is told of every SDK, whether it checkpoints or answers step by step. */
export type Chapter = (stage: Stage) => void;

/** Of a step, on these servers. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** How an app is reached. */
type MakeApp = (sdk: Sdk, api: Api, options: { checkpointing?: boolean }) => App;

const overHttp: MakeApp = (sdk, api, options) => new App(sdk, api, options);

/** Runs the chapter against one server per way of calling. */
export function tellOf(sdk: Sdk, chapters: Record<string, Chapter>, makeApp: MakeApp = overHttp): void {
  describe.each([
    ["with checkpointing", true],
    ["a request a step", false],
  ])(`${sdk.name}, %s`, (_how, checkpoints) => {
    const cleanUps = new CleanUps();
    let api: Api;
    beforeAll(async () => {
      const server = await devServer({ tuning: { sizes: { stepOutputBytes: MAX_OUTPUT_BYTES } } });
      cleanUps.add(() => server.close({ drainMs: 0 }));
      api = new Api(server.url);
    });
    afterAll(() => cleanUps.run());
    const app = () => {
      const made = makeApp(sdk, api, checkpoints ? {} : { checkpointing: false });
      cleanUps.add(() => made.stop());
      return made;
    };
    for (const [title, chapter] of Object.entries(chapters)) {
      describe.concurrent(title, () => chapter({ sdk, checkpoints, api: () => api, app }));
    }
  });
}
