import { z } from "zod";

export type JsonSchema = Record<string, unknown>;

/** Answers may have more members one day: nobody is to rely on there being none. */
function withoutClosing(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutClosing);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(
    ([key, member]) => key !== "additionalProperties" || member !== false,
  );
  return Object.fromEntries(members.map(([key, member]) => [key, withoutClosing(member)]));
}

/** Collects the schemas that have a name, so that each is told once. */
export class Components {
  readonly schemas: Record<string, JsonSchema> = {};
  readonly #isStrict: boolean;

  /** Strict: what an answer holds beside what is told of it is an error. */
  constructor(isStrict: boolean) {
    this.#isStrict = isStrict;
  }

  /** As JSON Schema; `input`: as it is sent, `output`: as it is answered or read. */
  schemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
    const made = z.toJSONSchema(schema, { io, unrepresentable: "any" });
    const text = JSON.stringify(this.#isStrict ? made : withoutClosing(made));
    const {
      $schema: _,
      $defs = {},
      ...own
    } = JSON.parse(text.replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema & {
      $defs?: Record<string, JsonSchema>;
    };
    for (const [name, definition] of Object.entries($defs)) this.#add(name, definition);
    return own;
  }

  #add(name: string, { id: _, ...definition }: JsonSchema): void {
    const known = this.schemas[name];
    if (known && JSON.stringify(known) !== JSON.stringify(definition)) {
      throw new Error(`Two different schemas are named ${name}`);
    }
    this.schemas[name] = definition;
  }
}
