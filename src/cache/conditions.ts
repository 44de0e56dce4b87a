// Conditional requests (RFC 9110 13). Only what a browser sends with a GET; the rest is the upstream's to judge.

import type { OutgoingHttpHeaders } from 'node:http';

export interface Validators {
  readonly tag: string | undefined;
  readonly lastModified: string | undefined;
}

/** Whether the client already has this form, so that 304 is the answer. If-None-Match wins over If-Modified-Since. */
export function isNotModified(headers: OutgoingHttpHeaders, { tag, lastModified }: Validators): boolean {
  const noneMatch = textOf(headers['if-none-match']);
  if (noneMatch !== undefined) {
    if (noneMatch.trim() === '*') return true;
    if (tag === undefined) return false;
    // Weak comparison (RFC 9110 8.8.3.2).
    return (noneMatch.match(/(?:W\/)?"[^"]*"/g) ?? []).some((each) => opaque(each) === opaque(tag));
  }
  const since = Date.parse(textOf(headers['if-modified-since']) ?? '');
  const modified = Date.parse(lastModified ?? '');
  return modified <= since;
}

/** What the cache does not answer itself: parts, and conditions for writing. */
export function needsUpstream(headers: OutgoingHttpHeaders): boolean {
  return headers['range'] !== undefined || headers['if-match'] !== undefined || headers['if-unmodified-since'] !== undefined;
}

export function textOf(value: OutgoingHttpHeaders[string]): string | undefined {
  return value === undefined ? undefined : String(value);
}

function opaque(tag: string): string {
  return tag.replace(/^W\//, '');
}
