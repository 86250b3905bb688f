import type { Clock } from "@stepfast/engine";

/** The longest delay a timer of the runtime can hold; it fires at once beyond it. */
const MAX_TIMER_MS = 2 ** 31 - 1;
/** How often it is looked whether the machine's clock has leapt. */
const LOOK_MS = 5_000;
/** The clock being ahead of the timers by less is no leap: it is being adjusted. */
const LEAP_MS = 500;

/** One call that is to come. */
class Alarm {
  /** By the machine's clock. */
  readonly at: number;
  /** By the timers. */
  readonly #dueAt: number;
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(delayMs: number, ring: () => void) {
    this.at = Date.now() + delayMs;
    this.#dueAt = performance.now() + delayMs;
    this.#ring = ring;
    this.#arm(delayMs);
  }

  /** By whichever of the two comes first. */
  setAnew(): void {
    this.stop();
    this.#arm(Math.min(this.at - Date.now(), this.#dueAt - performance.now()));
  }

  #arm(restMs: number): void {
    const stepMs = Math.min(Math.max(restMs, 0), MAX_TIMER_MS);
    this.#timer = setTimeout(() => (restMs > stepMs ? this.#arm(restMs - stepMs) : this.#ring()), stepMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Alarms are set by timers, which stand still while the machine sleeps and know nothing of a clock that is put forward: then those
 * whose time has come, or comes sooner, are set anew. A clock that is put back puts none off.
 */
class Alarms {
  readonly #pending = new Set<Alarm>();
  #watch: NodeJS.Timeout | undefined;
  /** How far the clock is ahead of the timers. */
  #ahead = 0;

  add(delayMs: number, callback: () => void): () => void {
    const alarm = new Alarm(delayMs, () => {
      this.#forget(alarm);
      callback();
    });
    this.#pending.add(alarm);
    if (this.#watch === undefined) this.#startWatch();
    return () => this.#forget(alarm);
  }

  #forget(alarm: Alarm): void {
    alarm.stop();
    if (!this.#pending.delete(alarm) || this.#pending.size > 0) return;
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  #startWatch(): void {
    this.#ahead = aheadNow();
    this.#watch = setInterval(() => this.#look(), LOOK_MS);
    this.#watch.unref();
  }

  #look(): void {
    const ahead = aheadNow();
    const hasLeapt = ahead - this.#ahead >= LEAP_MS;
    if (hasLeapt) this.#setAnew();
    if (hasLeapt || ahead < this.#ahead) this.#ahead = ahead;
  }

  #setAnew(): void {
    for (const alarm of [...this.#pending].sort((a, b) => a.at - b.at)) alarm.setAnew();
  }
}

function aheadNow(): number {
  return Date.now() - performance.now();
}

const alarms = new Alarms();

/**
 * The machine's clock. Its timers keep the process alive on purpose: a process that embeds an engine must be there
 * when a sleeping run wakes; closing the engine forgets them.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (delayMs, callback) => alarms.add(delayMs, callback),
};
