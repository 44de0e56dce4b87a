// Where framegate listens, and which addresses in front of it are believed.

import { isIP } from 'node:net';
import { isLoopbackHostname } from '../kernel/origin.ts';
import type { PublicUrl } from './config.ts';
import { type Findings, showValue } from './problem.ts';

interface Listener {
  readonly host: string;
  readonly port: number;
}

/** Shortest accepted prefix: 10.0.0.0/8 and fc00::/7 are the widest private networks. */
const MIN_PREFIX = { 4: 8, 6: 7 } as const;

export function checkListeners(
  listen: Listener | undefined,
  admin: Listener | undefined,
  publicUrl: PublicUrl | undefined,
  findings: Findings,
): void {
  for (const [path, listener] of [
    ['listen.host', listen],
    ['admin.host', admin],
  ] as const) {
    if (listener !== undefined && isIP(listener.host) === 0 && !/^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?$/.test(listener.host)) {
      findings.problems.push({
        path,
        what: 'is not an address or host name',
        value: showValue(listener.host),
        wayOut: 'Write an address without port and brackets, such as 127.0.0.1, 0.0.0.0 or ::',
      });
    }
  }
  if (listen !== undefined && admin !== undefined && listen.port !== 0 && listen.port === admin.port && overlaps(listen.host, admin.host)) {
    findings.problems.push({
      path: 'admin.port',
      what: 'is the port of listen too',
      value: showValue(admin.port),
      wayOut: 'Choose another port, or admin: false',
    });
  }
  if (listen !== undefined && publicUrl?.https === false && !isLoopbackHostname(listen.host)) {
    findings.warnings.push({
      path: 'listen.host',
      what: 'accepts connections from other machines while publicUrl is http on loopback',
      value: showValue(listen.host),
      wayOut: 'Write 127.0.0.1, or an https publicUrl',
    });
  }
  if (admin !== undefined && !isLoopbackHostname(admin.host)) {
    findings.warnings.push({
      path: 'admin.host',
      what: 'lets other machines reach the admin listener',
      value: showValue(admin.host),
      wayOut: 'Keep that port out of reach of viewers',
    });
  }
}

const overlaps = (a: string, b: string): boolean => a === b || [a, b].some((host) => host === '0.0.0.0' || host === '::');

/** CIDRs, each with its prefix length; `::ffff:10.0.0.1` becomes `10.0.0.1/32` (SEC-H9). Never everybody (SEC-H6). */
export function resolveTrustedProxies(entries: readonly string[], findings: Findings): string[] {
  return entries.flatMap((entry, index) => {
    const cidr = parseCidr(entry);
    if (typeof cidr === 'string') return [cidr];
    findings.problems.push({ path: `trustedProxies[${index}]`, value: showValue(entry), ...cidr });
    return [];
  });
}

/** `address/prefix`, a mapped IPv4 address as what it is (SEC-H9); else what is wrong with the text. */
export function parseCidr(text: string): string | { what: string; wayOut: string } {
  const [address = '', prefixText, ...rest] = text.split('/');
  if (address.includes('%')) return { what: 'has a zone id', wayOut: 'Write the address without "%..."' };
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || (prefixText !== undefined && !/^(?:0|[1-9]\d{0,2})$/.test(prefixText))) {
    return { what: 'is not an address or CIDR', wayOut: 'Write for example 10.0.0.7, 10.0.0.0/24 or 2001:db8::1' };
  }
  const bits = family === 6 ? 128 : 32;
  const prefix = prefixText === undefined ? bits : Number(prefixText);
  if (prefix > bits) return { what: 'has too long a prefix', wayOut: `Write at most /${bits}` };
  const mapped = family === 6 ? mappedAddress(address) : undefined;
  if (mapped !== undefined && prefix >= 96) return checkWidth(mapped, prefix - 96, 4);
  return checkWidth(address, prefix, family === 6 ? 6 : 4);
}

function checkWidth(address: string, prefix: number, family: 4 | 6): string | { what: string; wayOut: string } {
  if (prefix >= MIN_PREFIX[family]) return `${address}/${prefix}`;
  return {
    what: 'covers too much of the internet, so anybody could forge addresses',
    wayOut: `Name the proxies in front, at least /${MIN_PREFIX[family]}`,
  };
}

/** The IPv4 address in an IPv4-mapped IPv6 address (RFC 4291 2.5.5.2), however it is spelled. */
function mappedAddress(address: string): string | undefined {
  const canonical = URL.parse(`http://[${address}]/`)?.hostname ?? '';
  const match = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(canonical);
  if (match === null) return undefined;
  const value = (Number.parseInt(match[1] ?? '', 16) * 65536 + Number.parseInt(match[2] ?? '', 16)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
}
