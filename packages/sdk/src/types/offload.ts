import type { Untyped } from "./untyped.ts";

/** A model that the server can ask for a function. Models made by `@inngest/ai` have this shape. */
export interface AiModel {
  /** Where the request goes. */
  url?: string;
  headers?: Record<string, string>;
  authKey?: string;
  /** The provider's way: `openai-chat`, `gemini`, `azure-openai` and so on. */
  format?: string;
  /** Fills in the body before it is sent, e.g. with the model's name. */
  onCall?: ((model: never, body: never) => void) | undefined;
}

/** What a model takes and gives, where it says so in its type. */
export type ModelInput<TModel> = TModel extends { "~types": { input: infer TInput } }
  ? TInput
  : Record<string, unknown>;
export type ModelOutput<TModel> = TModel extends { "~types": { output: infer TOutput } } ? TOutput : Untyped;

export interface InferOptions<TModel extends AiModel> {
  model: TModel;
  /** The request to the model, in the provider's format. */
  body: Partial<ModelInput<TModel>>;
}
