/*
 * Whether the code of runs and of steps' bodies is followed across awaits where nothing needs that by itself. It slows down every
 * promise of the process, so it begins with the first who asks where code is.
 */

let isOn = false;

export function isFollowing(): boolean {
  return isOn;
}

/** From now on. */
export function follow(): void {
  isOn = true;
}
