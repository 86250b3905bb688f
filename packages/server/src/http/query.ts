import { StepfastError } from "@stepfast/protocol";

function invalid(name: string, value: string, wanted: string): StepfastError {
  return new StepfastError(
    "invalid_request",
    `The query parameter "${name}" is "${value}" but must be ${wanted}`,
  );
}

const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A request's query parameters, read by type. Names may be written in camelCase or snake_case. */
export class Query {
  readonly #params: URLSearchParams;

  constructor(url: string) {
    this.#params = new URL(url).searchParams;
  }

  text(name: string): string | undefined {
    const value = this.#params.get(name) ?? this.#params.get(snakeCase(name));
    return value === null || value === "" ? undefined : value;
  }

  /** Every value of a parameter, given repeatedly, with `[]`, or as one comma-separated text. */
  list(name: string): string[] {
    const names = [name, `${name}[]`, snakeCase(name), `${snakeCase(name)}[]`];
    const values = [...new Set(names)].flatMap((each) => this.#params.getAll(each));
    return [...new Set(values.flatMap((value) => value.split(",")).filter((value) => value !== ""))];
  }

  limit(options: { fallback: number; max: number }): number {
    const value = this.text("limit");
    if (value === undefined) return options.fallback;
    const count = Number(value);
    if (!/^\d+$/.test(value) || count < 1 || count > options.max) {
      throw invalid("limit", value, `a whole number from 1 to ${options.max}`);
    }
    return count;
  }

  /** Milliseconds since the epoch, from an ISO time or a number of milliseconds. */
  time(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const time = /^\d+$/.test(value) ? Number(value) : Date.parse(value);
    if (Number.isNaN(time)) throw invalid(name, value, "an ISO time, such as 2026-01-31T12:00:00Z");
    return time;
  }

  flag(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (value !== "true" && value !== "false") throw invalid(name, value, "true or false");
    return value === "true";
  }

  /** One of the given values, compared without regard to case and underscores. */
  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : pick(name, value, values);
  }

  /** Like {@link oneOf}, for a list. */
  someOf<T extends string>(name: string, values: readonly T[]): T[] {
    return this.list(name).map((value) => pick(name, value, values));
  }
}

function pick<T extends string>(name: string, value: string, values: readonly T[]): T {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase();
  const found = values.find((candidate) => plain(candidate) === plain(value));
  if (found === undefined) throw invalid(name, value, `one of ${values.join(", ")}`);
  return found;
}
