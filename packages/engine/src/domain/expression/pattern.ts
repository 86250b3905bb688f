import { RE2JS } from "@bufbuild/re2";
import { type Frame, spend } from "./frame.ts";

const MAX_PATTERN_LENGTH = 200;
const MAX_INSTRUCTIONS = 500;
/** Beyond this many states the matcher's memory is given back. */
const MAX_KEPT_STATES = 256;

/** A regular expression in RE2 syntax: matching takes time linear in the text, whatever the pattern. */
export interface Pattern {
  /** Whether the pattern is found anywhere in the text. */
  test(frame: Frame, text: string): boolean;
}

/** Throws a plain Error whose message says what is wrong with the pattern. */
export function compilePattern(source: string): Pattern {
  if (source.length > MAX_PATTERN_LENGTH) {
    throw new Error(`a pattern is at most ${MAX_PATTERN_LENGTH} characters long`);
  }
  const regex = RE2JS.compile(source, RE2JS.DISABLE_UNICODE_GROUPS);
  const machine = regex.re2();
  const instructions = machine.prog.inst.length;
  if (instructions > MAX_INSTRUCTIONS) throw new Error("the pattern is too large: use smaller repeat counts");
  return {
    test(frame, text) {
      // The worst case: a new state of the automaton, made of all instructions, for every character.
      spend(frame, 1 + text.length * instructions);
      const found = regex.test(text);
      if (machine.dfa.stateCount > MAX_KEPT_STATES) regex.reset();
      return found;
    },
  };
}
