// JSON objects that every parser reads alike. JSON.parse keeps the last of two equal keys and another parser the
// first; a signed text with both would mean two things (RFC 7519 section 4, SEC-B14.14).

import { findStringEnd } from './json-string.ts';

const MAX_DEPTH = 32;

export type StrictJson =
  | { readonly kind: 'object'; readonly value: Readonly<Record<string, unknown>> }
  | { readonly kind: 'duplicate-key' }
  | { readonly kind: 'malformed' };

/** Reads one JSON object without equal keys at any level, at most 32 levels deep. */
export function parseStrictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: 'malformed' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'malformed' };
  const keys = judgeKeys(text);
  return keys === 'unique' ? { kind: 'object', value: value as Record<string, unknown> } : { kind: keys };
}

/** @param json Text that JSON.parse has accepted, so tokens alone tell the structure. */
function judgeKeys(json: string): 'unique' | 'duplicate-key' | 'malformed' {
  // One entry per open bracket: the keys seen so far, undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  const tokens = /["{}[\],]/g;
  let keyNext = false;
  for (let found = tokens.exec(json); found !== null; found = tokens.exec(json)) {
    const [token] = found;
    const keys = open.at(-1);
    if (token === '"') {
      tokens.lastIndex = findStringEnd(json, found.index);
      if (!keyNext || keys === undefined) continue;
      // Decoded, because "\u0073ub" is "sub".
      const key = String(JSON.parse(json.slice(found.index, tokens.lastIndex)));
      if (keys.has(key)) return 'duplicate-key';
      keys.add(key);
      keyNext = false;
    } else if (token === '{' || token === '[') {
      if (open.length >= MAX_DEPTH) return 'malformed';
      open.push(token === '{' ? new Set() : undefined);
      keyNext = token === '{';
    } else if (token === ',') {
      keyNext = keys !== undefined;
    } else {
      open.pop();
      keyNext = false;
    }
  }
  return 'unique';
}
