import { StepfastError } from "@stepfast/protocol";
import type { Inngest } from "../client/client.ts";
import { follow } from "../execution/following.ts";
import { BaseMiddleware, type FunctionInputArgs } from "../middleware/base.ts";
import type { StepOptionsOrId } from "../types/step-tools.ts";
import type { Untyped } from "../types/untyped.ts";
import { type MetadataBuilder, type MetadataStepTool, metadataBuilder, stepMetadata } from "./builder.ts";
import { note } from "./note.ts";

const enabled = new WeakSet<Inngest<Untyped>>();

type WithTool = FunctionInputArgs & {
  ctx: {
    step: {
      /** Notes something of the run or its steps, in a step with this id. */
      metadata(id: StepOptionsOrId): MetadataStepTool;
    };
  };
};

/** Middleware that switches `client.metadata` and `step.metadata` on. */
export function metadataMiddleware() {
  follow();
  return class Metadata extends BaseMiddleware {
    readonly id = "metadata";

    static override onRegister({ client }: { client: Inngest<Untyped> }): void {
      enabled.add(client);
    }

    override transformFunctionInput({ ctx, ...rest }: FunctionInputArgs): WithTool {
      const { step } = ctx;
      const metadata = (id: StepOptionsOrId) =>
        stepMetadata(
          (config, what) => note(this.client, config, what),
          (body) => step.run(id, body),
        );
      return { ...rest, ctx: { ...ctx, step: { ...step, metadata } } };
    }
  };
}

/** `client.metadata`. Throws `invalid_config` where the middleware is missing. */
export function clientMetadata(client: Inngest<Untyped>): MetadataBuilder {
  if (enabled.has(client)) return metadataBuilder((config, what) => note(client, config, what));
  throw new StepfastError(
    "invalid_config",
    'client.metadata needs the middleware of "stepfast/experimental": new Inngest({ id, middleware: [metadataMiddleware()] })',
  );
}
