import type { Clock } from "@stepfast/engine";

/** The longest delay a timer of the runtime can hold; it fires at once beyond it. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * The machine's clock. Its timers keep the process alive on purpose: a process that embeds an engine must be there
 * when a sleeping run wakes; closing the engine forgets them.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    let timer: NodeJS.Timeout;
    const arm = (restMs: number) => {
      const stepMs = Math.min(Math.max(restMs, 0), MAX_TIMER_MS);
      timer = setTimeout(() => (restMs > stepMs ? arm(restMs - stepMs) : callback()), stepMs);
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};
