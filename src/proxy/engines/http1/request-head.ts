import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http';

/** Names that have been found to be tokens; a client can make up any number and length, so only so many are remembered. */
const knownNames = new Set<string>();
const MAX_KNOWN_NAMES = 1000;
const MAX_KNOWN_LENGTH = 64;

/**
 * The request line and the headers, as they go over the wire in Latin-1.
 * @throws {TypeError} for a header that would end its line early, whoever has made it.
 */
export function buildRequestHead(method: string, target: string, headers: OutgoingHttpHeaders): string {
  let text = `${method} ${target} HTTP/1.1\r\n`;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined) continue;
    if (!knownNames.has(name)) {
      validateHeaderName(name);
      if (knownNames.size < MAX_KNOWN_NAMES && name.length <= MAX_KNOWN_LENGTH) knownNames.add(name);
    }
    if (Array.isArray(value)) for (const line of value) text += buildLine(name, line);
    else text += buildLine(name, value);
  }
  return `${text}\r\n`;
}

// A byte of Latin-1 that is no control character, or a tab.
const PLAIN = /^[\t\x20-\x7e\x80-\xff]*$/;

function buildLine(name: string, value: string | number): string {
  // Node's own check says what is wrong with it.
  if (typeof value === 'string' && !PLAIN.test(value)) validateHeaderValue(name, value);
  return `${name}: ${value}\r\n`;
}
