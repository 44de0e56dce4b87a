// RFC 9110 7.6.1: headers that end at the next hop.

const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);

// `Connection: content-length` must not cost the message its framing (PRX-S6), nor `Connection: host` its target.
const NEVER_NAMED = new Set(['content-length', 'host']);

/**
 * Lower-case names to remove from a message: the fixed set and whatever `Connection` names. Identity is set after
 * this has run, so `Connection: X-WEBAUTH-USER` cannot remove it (SEC-H5).
 */
export function hopByHopNames(connection: readonly string[]): ReadonlySet<string> {
  if (connection.every(namesNothing)) return HOP_BY_HOP;
  const names = new Set(HOP_BY_HOP);
  for (const value of connection) {
    for (const token of value.split(',')) {
      const name = token.trim().toLowerCase();
      if (name !== '' && !NEVER_NAMED.has(name)) names.add(name);
    }
  }
  return names;
}

/** Nearly all values are one of the first two. */
function namesNothing(value: string): boolean {
  return value === '' || value === 'keep-alive' || /^(?:keep-alive|close|upgrade)$/i.test(value);
}
