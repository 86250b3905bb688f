import { type Frame, spend } from "./frame.ts";

/** Below this product of lengths the engine's own search is fast whatever the texts are. */
const SMALL_PRODUCT = 65_536;

/** Whether `text` contains `part`, in linear time: the built-in search is quadratic on texts made for it. */
export function containsText(frame: Frame, text: string, part: string): boolean {
  if (part.length > text.length) return false;
  if (text.length * part.length <= SMALL_PRODUCT) {
    spend(frame, text.length >> 3);
    return text.includes(part);
  }
  spend(frame, (text.length + part.length) >> 3);
  return search(text, part);
}

/** Knuth–Morris–Pratt. */
function search(text: string, part: string): boolean {
  const borders = bordersOf(part);
  let matched = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    while (matched > 0 && part.charCodeAt(matched) !== code) matched = borders[matched - 1] ?? 0;
    if (part.charCodeAt(matched) === code) matched++;
    if (matched === part.length) return true;
  }
  return false;
}

/** For every prefix of `part`, the length of its longest proper prefix that is also its suffix. */
function bordersOf(part: string): Int32Array {
  const borders = new Int32Array(part.length);
  let matched = 0;
  for (let i = 1; i < part.length; i++) {
    while (matched > 0 && part.charCodeAt(matched) !== part.charCodeAt(i))
      matched = borders[matched - 1] ?? 0;
    if (part.charCodeAt(matched) === part.charCodeAt(i)) matched++;
    borders[i] = matched;
  }
  return borders;
}
