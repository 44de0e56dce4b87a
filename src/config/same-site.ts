import { getDomain } from 'tldts';

/**
 * Whether a browser takes two origins for one site: equal schemes and equal registrable domains by the public suffix
 * list with its private part (HTML Standard, "schemefully same site"). Addresses, `localhost` and names that are a
 * public suffix themselves are the same site only when equal. Ports do not count.
 */
export function isSameSite(a: string, b: string): boolean {
  const [one, other] = [new URL(a), new URL(b)];
  if (one.protocol !== other.protocol) return false;
  if (one.hostname === other.hostname) return true;
  const domain = getDomain(one.hostname, { allowPrivateDomains: true });
  return domain !== null && domain === getDomain(other.hostname, { allowPrivateDomains: true });
}
