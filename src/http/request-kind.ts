// What sort of client waits for the answer: a frame, a person's window, or a script. Decided by Fetch Metadata
// (https://www.w3.org/TR/fetch-metadata/), and by Accept where a browser does not send it.

import type { IncomingMessage } from 'node:http';

export type RequestKind = 'frame' | 'navigation' | 'api';

type Headers = IncomingMessage['headers'];

/** Media types of an Accept header, lower case, without parameters. */
function readAccepted(headers: Headers): string[] {
  return (headers.accept ?? '').split(',').map((part) => (part.split(';')[0] ?? '').trim().toLowerCase());
}

const isJsonType = (type: string): boolean => type === 'application/json' || type === 'application/problem+json';

function singleHeader(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}

/**
 * True when the browser says where the request comes from. `Sec-Fetch-Mode` alone does not count: fetch of Node.js
 * sends that one and nothing else.
 */
function hasFetchMetadata(headers: Headers): boolean {
  return headers['sec-fetch-site'] !== undefined || headers['sec-fetch-dest'] !== undefined;
}

/** True when the client asks for JSON by name and not for HTML. */
export function acceptsJsonOnly(headers: Headers): boolean {
  const accepted = readAccepted(headers);
  return accepted.some(isJsonType) && !accepted.includes('text/html');
}

export function readRequestKind(req: Pick<IncomingMessage, 'headers'>): RequestKind {
  const { headers } = req;
  if (acceptsJsonOnly(headers)) return 'api';
  if (!hasFetchMetadata(headers)) return readAccepted(headers).includes('text/html') ? 'navigation' : 'api';
  const destination = singleHeader(headers, 'sec-fetch-dest');
  if (destination === 'iframe' || destination === 'frame') return 'frame';
  if (destination === 'document') return 'navigation';
  // An object or embed element navigates too, but nobody can sign in there.
  if (destination === 'object' || destination === 'embed') return 'api';
  return singleHeader(headers, 'sec-fetch-mode') === 'navigate' ? 'navigation' : 'api';
}

/** True when a redirect to the sign-in page makes sense: a window that came by GET, or by a form that a browser sent. */
export function canBeRedirected(req: Pick<IncomingMessage, 'headers' | 'method'>): boolean {
  return req.method === 'GET' || req.method === 'HEAD' || hasFetchMetadata(req.headers);
}
