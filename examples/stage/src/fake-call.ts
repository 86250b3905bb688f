import { setTimeout as pause } from "node:timers/promises";

/** When a fake call fails. */
export interface FailureRule<TArgs extends unknown[]> {
  /** How many of the calls it is about fail. Default: all. */
  times?: number;
  /** Which calls it is about. Default: every one. */
  when?: (...args: TArgs) => boolean;
  /** What is thrown. Default: an error that names the call. */
  error?: () => Error;
}

/** A call that has been stopped on its way. */
export interface Hold {
  /** Resolves when a call has come this far. */
  entered: Promise<void>;
  /** Lets it go on. */
  release(): void;
}

/** A stand-in for one call of an outside service. */
export interface FakeCall<TArgs extends unknown[], TResult> {
  (...args: TArgs): Promise<TResult>;
  /** Arguments of every call, of those that failed too. */
  readonly calls: TArgs[];
  /** Arguments of the calls that succeeded: what the outside world remembers. */
  readonly done: TArgs[];
  fail(rule?: FailureRule<TArgs>): void;
  /** The next call stops before it does anything. */
  hold(): Hold;
  /** Every call takes this long. */
  takes(ms: number): void;
  /** Told of every call that succeeds, in the moment it does. */
  witness(seen: (name: string, args: TArgs) => void): void;
  /** Forgets calls, rules, delays and witnesses; lets go of what is held. */
  reset(): void;
}

interface Gate {
  enter(): void;
  open(): void;
  opened: Promise<void>;
}

interface Behaviour<TArgs extends unknown[]> {
  rules: { rule: FailureRule<TArgs>; left: number }[];
  gates: Gate[];
  delayMs: number;
  witnesses: ((name: string, args: TArgs) => void)[];
}

function failureOf<TArgs extends unknown[]>(
  name: string,
  behaviour: Behaviour<TArgs>,
  args: TArgs,
): Error | undefined {
  const hit = behaviour.rules.find(({ rule, left }) => left > 0 && (rule.when?.(...args) ?? true));
  if (!hit) return undefined;
  hit.left--;
  return hit.rule.error?.() ?? new Error(`${name} is out of order`);
}

function forgetful<TArgs extends unknown[]>(): Behaviour<TArgs> {
  return { rules: [], gates: [], delayMs: 0, witnesses: [] };
}

function newHold(): { gate: Gate; hold: Hold } {
  let enter = () => {};
  let release = () => {};
  const entered = new Promise<void>((resolve) => {
    enter = resolve;
  });
  const opened = new Promise<void>((resolve) => {
    release = resolve;
  });
  return { gate: { enter, open: release, opened }, hold: { entered, release } };
}

async function pass<TArgs extends unknown[]>(behaviour: Behaviour<TArgs>): Promise<void> {
  const gate = behaviour.gates.shift();
  gate?.enter();
  await gate?.opened;
  if (behaviour.delayMs > 0) await pause(behaviour.delayMs);
}

/** Makes a call that answers with `answer`, keeps a record, and fails as it is told. `name` is for its errors. */
export function fakeCall<TArgs extends unknown[], TResult>(
  name: string,
  answer: (...args: TArgs) => TResult,
): FakeCall<TArgs, TResult> {
  const behaviour: Behaviour<TArgs> = forgetful();
  const calls: TArgs[] = [];
  const done: TArgs[] = [];
  const held: Gate[] = [];
  const call = async (...args: TArgs): Promise<TResult> => {
    calls.push(args);
    await pass(behaviour);
    const failure = failureOf(name, behaviour, args);
    if (failure) throw failure;
    const result = answer(...args);
    done.push(args);
    for (const seen of behaviour.witnesses) seen(name, args);
    return result;
  };
  return Object.assign(call, {
    calls,
    done,
    fail: (rule: FailureRule<TArgs> = {}) => {
      behaviour.rules.push({ rule, left: rule.times ?? Number.POSITIVE_INFINITY });
    },
    hold: () => {
      const { gate, hold } = newHold();
      behaviour.gates.push(gate);
      held.push(gate);
      return hold;
    },
    takes: (ms: number) => {
      behaviour.delayMs = ms;
    },
    witness: (seen: (name: string, args: TArgs) => void) => {
      behaviour.witnesses.push(seen);
    },
    reset: () => {
      calls.length = 0;
      done.length = 0;
      for (const gate of held) gate.open();
      held.length = 0;
      Object.assign(behaviour, forgetful<TArgs>());
    },
  });
}
