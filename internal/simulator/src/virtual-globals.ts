import type { Dice } from "./dice.ts";
import type { EventLoop } from "./event-loop.ts";

type Timer = { forget: () => void };

/**
 * Puts virtual time and chance in the place of the machine's for as long as a simulation runs. Returns a function
 * that puts the real ones back.
 */
export function installVirtualGlobals(loop: EventLoop, dice: Dice): () => void {
  const { setTimeout, clearTimeout, setImmediate, fetch } = globalThis;
  const { now } = Date;
  const { random } = Math;
  const later = (callback: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]): Timer => ({
    forget: loop.schedule(delayMs, () => callback(...args)),
  });
  Object.assign(globalThis, {
    setTimeout: later,
    clearTimeout: (timer: Timer | undefined) => timer?.forget?.(),
    setImmediate: (callback: () => void) => loop.immediate(callback),
    fetch: async () => {
      throw new Error("a simulation has no network but its own");
    },
  });
  Date.now = () => loop.now;
  Math.random = () => dice.fraction();
  return () => {
    Object.assign(globalThis, { setTimeout, clearTimeout, setImmediate, fetch });
    Date.now = now;
    Math.random = random;
  };
}
