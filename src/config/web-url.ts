// URLs in the configuration: http and https only, read by the WHATWG parser that browsers and fetch use.

import { isIP } from 'node:net';
import { judgeAddress } from './private-address.ts';

/** The URL, or undefined for another scheme or a text with spaces, control characters or backslashes, which the parser would repair. */
export function parseWebUrl(text: string): URL | undefined {
  if (!/^https?:\/\/[^/]/i.test(text) || /[\s\\]/.test(text)) return undefined;
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') ? url : undefined;
}

/**
 * A host name that every parser reads alike: labels of letters, digits, `-` and `_`, or an address. The WHATWG
 * parser also lets `*`, `;`, `,` and `'` through, which mean something in a Content-Security-Policy.
 */
export function isPlainHostname(hostname: string): boolean {
  return (
    /^(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/.test(hostname) || /^\[[0-9a-f:.]+\]$/.test(hostname)
  );
}

// Where clouds answer their machines with credentials (SEC-B22.1). Nothing that shows dashboards lives there.
const METADATA_NAMES = new Set(['metadata', 'metadata.google.internal', 'instance-data']);

/** True for link-local addresses, in any spelling the URL parser accepts, and the names of metadata services. */
export function isLinkLocal(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return isIP(bare) === 0 ? METADATA_NAMES.has(bare) : judgeAddress(bare) === 'link-local';
}
