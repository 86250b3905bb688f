import { type Json, limits } from "@stepfast/protocol";

/** The value of a JSON text; `undefined` if it is none or nests deeper than an event may. */
export function parseJsonText(text: string): Json | undefined {
  if (depthOf(text) > limits.jsonDepth) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const QUOTE = 34;
const BACKSLASH = 92;

function depthOf(text: string): number {
  let deepest = 0;
  let depth = 0;
  let inText = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inText) {
      if (code === BACKSLASH) i++;
      else if (code === QUOTE) inText = false;
    } else if (code === QUOTE) inText = true;
    else if (code === 91 || code === 123) deepest = Math.max(deepest, ++depth);
    else if (code === 93 || code === 125) depth--;
  }
  return deepest;
}
