// The dashboard servers: where they are, under which path, and that no request can come back to us.

import { isLoopbackHostname } from '../kernel/origin.ts';
import type { PublicUrl, UpstreamConfig } from './config.ts';
import { checkIdentityHeaders } from './identity-headers.ts';
import { MAX_TIMEOUT, resolveDuration } from './milliseconds.ts';
import { type Findings, showValue } from './problem.ts';
import { resolvePaths } from './resolve-paths.ts';
import { resolveSignedIdentity } from './resolve-signed-identity.ts';
import { resolveUpstreamTls } from './resolve-upstream-tls.ts';
import { resolveVersion } from './resolve-version.ts';
import type { ParsedConfig } from './schema.ts';
import { isUnixUrl, parseUnixUrl } from './unix-url.ts';
import { isLinkLocal, isPlainHostname, parseWebUrl } from './web-url.ts';

type Address = Pick<UpstreamConfig, 'origin' | 'basePath' | 'socketPath'>;
type ParsedUpstream = ParsedConfig['upstreams'][string];

/** What an upstream must not point at. */
export interface OwnAddresses {
  readonly publicUrl: PublicUrl | undefined;
  readonly listeners: readonly { readonly host: string; readonly port: number }[];
}

/** @param folder What relative paths start from. */
export function resolveUpstreams(
  parsed: ReadonlyMap<string, ParsedUpstream>,
  own: OwnAddresses,
  folder: string,
  findings: Findings,
): UpstreamConfig[] {
  const namesByMount = new Map<string, string>();
  const upstreams: UpstreamConfig[] = [];
  for (const [name, upstream] of parsed) {
    const path = `upstreams.${name}`;
    checkMount(upstream.mount, path, namesByMount.get(upstream.mount), findings);
    if (!namesByMount.has(upstream.mount)) namesByMount.set(upstream.mount, name);
    const address = resolveAddress(upstream.url, `${path}.url`, own, findings);
    if (Array.isArray(upstream.forwardCookies) && upstream.forwardCookies.some((cookie) => cookie.startsWith('__Host-framegate'))) {
      findings.problems.push({
        path: `${path}.forwardCookies`,
        what: "lists a cookie of framegate's own, which never goes upstream",
        wayOut: 'Remove it',
      });
    }
    if (upstream.tls !== undefined && address !== undefined && !address.origin.startsWith('https:'))
      findings.problems.push({ path: `${path}.tls`, what: 'is for an https url only', wayOut: 'Write https:// in url, or remove tls' });
    const resolved = resolveUpstream(name, upstream, address ?? NO_ADDRESS, folder, findings);
    if (address !== undefined) upstreams.push(resolved);
  }
  return upstreams;
}

/** For a url that has a problem: the rest is judged all the same. */
const NO_ADDRESS: Address = { origin: '', basePath: '', socketPath: undefined };

function resolveUpstream(name: string, upstream: ParsedUpstream, address: Address, folder: string, findings: Findings): UpstreamConfig {
  const path = `upstreams.${name}`;
  const timeout = (key: keyof ParsedUpstream['timeouts']): number =>
    resolveDuration(upstream.timeouts[key], `${path}.timeouts.${key}`, MAX_TIMEOUT, findings);
  const signed = upstream.signedIdentity;
  const identityHeaders = checkIdentityHeaders(upstream.identityHeaders, `${path}.identityHeaders`, findings, signed !== undefined);
  return {
    name,
    preset: upstream.preset,
    version: resolveVersion(upstream, `${path}.version`, findings),
    paths: resolvePaths(upstream, `${path}.paths`, findings),
    ...address,
    tls: upstream.tls && resolveUpstreamTls(upstream.tls, { folder, path: `${path}.tls`, findings }),
    mount: upstream.mount,
    stripMount: upstream.stripMount,
    host: upstream.host,
    engine: upstream.engine,
    identityHeaders,
    signedIdentity: signed && resolveSignedIdentity(signed, { folder, path: `${path}.signedIdentity`, name, identityHeaders, findings }),
    encodeIdentity: upstream.encodeIdentity,
    timeouts: { connectMs: timeout('connect'), firstByteMs: timeout('firstByte'), idleMs: timeout('idle') },
    maxSockets: upstream.maxSockets,
    maxQueue: upstream.maxQueue,
    maxBodyBytes: upstream.maxBodyBytes,
    health: {
      path: upstream.health.path,
      intervalMs: resolveDuration(upstream.health.interval, `${path}.health.interval`, MAX_TIMEOUT, findings),
      failures: upstream.health.failures,
      openForMs: resolveDuration(upstream.health.openFor, `${path}.health.openFor`, MAX_TIMEOUT, findings),
    },
    assets: upstream.assets,
    compressJson: upstream.compressJson,
    allowInPath: upstream.allowInPath,
    forwardCookies: upstream.forwardCookies,
  };
}

function checkMount(mount: string, path: string, otherName: string | undefined, findings: Findings): void {
  const refuse = (what: string, wayOut: string): number =>
    findings.problems.push({ path: `${path}.mount`, what, value: showValue(mount), wayOut });
  if (otherName !== undefined)
    refuse(`is the mount of upstreams.${otherName} too`, 'Give each upstream a mount of its own, such as /grafana');
  if (mount === '/_gate' || mount.startsWith('/_gate/')) refuse("lies under framegate's own paths", 'Choose a path outside /_gate');
  if (mount.split('/').some((segment) => segment === '.' || segment === '..'))
    refuse('holds a "." or ".." segment', 'Write the path without it');
}

function resolveAddress(text: string, path: string, own: OwnAddresses, findings: Findings): Address | undefined {
  const refuse = (what: string, wayOut: string, value: { value?: string } = { value: showValue(text) }): undefined => {
    findings.problems.push({ path, what, ...value, wayOut });
    return undefined;
  };
  if (isUnixUrl(text)) {
    const socketPath = parseUnixUrl(text);
    // Host upstream is then the browser's, or localhost.
    if (typeof socketPath === 'string') return { origin: 'http://localhost', basePath: '', socketPath };
    return refuse(socketPath.what, socketPath.wayOut);
  }
  const url = parseWebUrl(text);
  if (url === undefined) return refuse('is not an http or https URL', 'Write for example http://grafana:3000');
  if (url.username !== '' || url.password !== '') {
    return refuse('holds a user name or password', 'Remove it; framegate tells the upstream who is asking by the identity headers', {});
  }
  if (/[?#]/.test(text)) return refuse('holds a query or fragment', 'Write scheme, host and port only, and a path if needed');
  if (!isPlainHostname(url.hostname)) return refuse('has an unusual host name', 'Use letters, digits, "-" and "." only');
  if (isLinkLocal(url.hostname)) return refuse('is a link-local or cloud metadata address', 'Write the address of the dashboard server');
  // Compared as written: the URL parser would silently resolve dots and encodings.
  const basePath = text.replace(/^https?:\/\/[^/]*/i, '').replace(/\/$/, '');
  if (!/^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~-]+)*$/.test(basePath)) {
    return refuse('has a path that servers could read in two ways', 'Use letters, digits, ".", "_", "~" and "-" between single slashes');
  }
  if (isOwnAddress(url, own))
    return refuse('is framegate itself, so requests would go round in a circle', 'Write the address of the dashboard server');
  return { origin: url.origin, basePath, socketPath: undefined };
}

function isOwnAddress(url: URL, { publicUrl, listeners }: OwnAddresses): boolean {
  if (url.origin === publicUrl?.origin) return true;
  if (!isLoopbackHostname(url.hostname) && url.hostname !== '0.0.0.0' && url.hostname !== '[::]') return false;
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  return listeners.some((listener) => listener.port === port && listensOn(listener.host, url.hostname));
}

/** Whether a listener takes connections to a loopback name: other addresses of 127.0.0.0/8 may be somebody else's. */
function listensOn(listenHost: string, hostname: string): boolean {
  if (listenHost === '0.0.0.0' || listenHost === '::') return true;
  const bare = hostname.replace(/^\[|\]$/g, '');
  return bare === listenHost || ([bare, listenHost].includes('localhost') && isLoopbackHostname(listenHost));
}
