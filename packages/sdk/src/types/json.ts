import type { Untyped } from "./untyped.ts";

type Unserialisable = bigint | symbol | ((...args: Untyped[]) => unknown);
/** What a function returns that returns nothing. */
type VoidResult = ReturnType<() => void>;
type IsAny<T> = 0 extends 1 & T ? true : false;

/** Keys whose value JSON keeps. */
type KeptKeys<T> = {
  [K in keyof T]-?: K extends symbol
    ? never
    : [NonNullable<T[K]>] extends [Unserialisable]
      ? IsAny<T[K]> extends true
        ? K
        : never
      : K;
}[keyof T];

type JsonifyObject<T> = { [K in keyof Pick<T, KeptKeys<T> & keyof T>]: JsonifyMember<T[K]> };

/** An optional member stays optional; `undefined` never crosses JSON as a member. */
type JsonifyMember<T> =
  IsAny<T> extends true ? T : undefined extends T ? Jsonify<Exclude<T, undefined>> | undefined : Jsonify<T>;

/** What is left of a type after a round trip through JSON: dates are strings, `undefined` and `void` are `null`. */
export type Jsonify<T> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? unknown
      : T extends string | number | boolean | null
        ? T
        : T extends undefined | VoidResult
          ? null
          : [T] extends [never]
            ? never
            : T extends { toJSON(...args: Untyped[]): infer J }
              ? Jsonify<J>
              : T extends Unserialisable
                ? never
                : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
                  ? Record<string, never>
                  : T extends readonly unknown[]
                    ? { [K in keyof T]: Jsonify<T[K]> }
                    : T extends object
                      ? JsonifyObject<T>
                      : never;
