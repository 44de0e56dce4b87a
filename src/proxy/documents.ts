// Which requests are for a document that a browser will show; only these are ever changed.

import type { IncomingHttpHeaders } from 'node:http';

/** Fetch Metadata says document, iframe or frame, on GET or HEAD. Without Fetch Metadata nothing is changed. */
export function isDocumentRequest(method: string, headers: IncomingHttpHeaders): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const dest = headers['sec-fetch-dest'];
  return dest === 'document' || dest === 'iframe' || dest === 'frame';
}

/**
 * Whether a person did something (SEC-D2.2): a navigation, or a request that a click or key started. Polling and
 * auto-refresh are fetches and count as nothing.
 */
export function isActivity(method: string, headers: IncomingHttpHeaders): boolean {
  return headers['sec-fetch-user'] === '?1' || headers['sec-fetch-mode'] === 'navigate' || isDocumentRequest(method, headers);
}
