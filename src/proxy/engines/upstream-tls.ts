import { isIP } from 'node:net';
import type { UpstreamConfig } from '../../config/config.ts';

export interface TlsOptions {
  readonly servername: string;
  readonly rejectUnauthorized: true;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/**
 * How both engines and upgrades speak TLS to an upstream; undefined for plain HTTP.
 *
 * The name is always given: Node's agent and undici would else take it from the Host header, which with `host: public`
 * is the browser's, and check the certificate against that. `rejectUnauthorized` is given too, as
 * NODE_TLS_REJECT_UNAUTHORIZED=0 would switch the default off.
 */
export function buildTlsOptions({ origin, tls }: Pick<UpstreamConfig, 'origin' | 'tls'>): TlsOptions | undefined {
  const url = new URL(origin);
  if (url.protocol !== 'https:') return undefined;
  const hostname = bareHostname(url);
  return {
    // An address is no name for SNI (RFC 6066 3); the certificate is then checked for the address itself.
    servername: tls?.serverName ?? (isIP(hostname) === 0 ? hostname : ''),
    rejectUnauthorized: true,
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls?.key === undefined ? {} : { key: tls.key.revealText() }),
  };
}

/** Without the brackets of an IPv6 address. */
export function bareHostname(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}
