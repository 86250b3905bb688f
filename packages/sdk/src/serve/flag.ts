/** Whether a variable is on: `fallback` if it is unset, off for "0", "false", "off" and "no". */
export function isEnabled(value: string | undefined, fallback: boolean): boolean {
  if (value === undefined || value.trim() === "") return fallback;
  return !["0", "false", "off", "no"].includes(value.trim().toLowerCase());
}
