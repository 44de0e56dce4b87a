// What of an upstream's answer the browser sees: on every response, errors, redirects, 304 and upgrades included (PRX-26).

import { FramegateError } from '../kernel/errors.ts';
import { cacheControl, mergeVary } from './caching.ts';
import { hopByHopNames } from './hop-by-hop.ts';
import { rewriteLocation } from './location.ts';
import type { MountedRoute } from './mounts.ts';
import { rewriteSetCookie } from './set-cookie.ts';

// SEC-B4.9; what else would let an upstream speak for the whole origin.
const REMOVED = new Set([
  'x-frame-options',
  'clear-site-data',
  'strict-transport-security',
  'server',
  'x-powered-by',
  'service-worker-allowed',
  'alt-svc',
  'nel',
  'report-to',
  'reporting-endpoints',
  'public-key-pins',
  'origin-agent-cluster',
  'via',
  'vary',
  'cache-control',
  'pragma',
  'expires',
  'location',
  'content-location',
  'refresh',
  'set-cookie',
  'content-security-policy',
  'content-security-policy-report-only',
  // Of an own page's helmet; on a dashboard in a frame these would break it or its popup.
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'cross-origin-embedder-policy',
]);

/** What the embed room knows about frames and other origins. */
export interface EmbedHeaders {
  /** Our own Content-Security-Policy line. */
  readonly frameAncestors: string;
  /** Origins that a redirect may lead to besides our own. */
  readonly hosts: readonly string[];
  withoutFrameAncestors(policy: string): string | undefined;
  cors(origin: string | undefined): readonly (readonly [string, string])[];
}

export interface ResponseHeaderInput {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly mounted: MountedRoute;
  readonly embed: EmbedHeaders;
  readonly cookies: 'lax' | 'partitioned';
  /** Origin header of the request. */
  readonly origin: string | undefined;
}

export type RawHeaders = [name: string, value: string][];

/**
 * @throws {FramegateError} FRAMEGATE_UPSTREAM_PROTOCOL for a header that cannot be passed on: bytes outside ASCII
 *   (SEC-B4.10), an unknown transfer coding (PRX-U7), a redirect to an origin that nobody listed (SEC-B4.8);
 *   FRAMEGATE_UPSTREAM_IDENTITY when the upstream asks for its own sign-in.
 */
export function buildResponseHeaders(input: ResponseHeaderInput): RawHeaders {
  const { mounted } = input;
  const { route } = mounted;
  const all = collect(input.rawHeaders);
  const first = (name: string): string | undefined => all.get(name)?.[0]?.[1];
  const coding = first('transfer-encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw protocolFault('transfer-coding');
  if (route.preset.isUpstreamLogin(input.status, first('location')))
    throw new FramegateError('FRAMEGATE_UPSTREAM_IDENTITY', { reason: 'upstream-asks-for-sign-in' });

  const hopByHop = hopByHopNames((all.get('connection') ?? []).map(([, value]) => value));
  const out: RawHeaders = [];
  for (const [name, lines] of all) {
    if (hopByHop.has(name) || REMOVED.has(name) || name.startsWith('access-control-')) continue;
    for (const line of lines) out.push(line);
  }
  const strippedMount = route.upstream.stripMount ? mounted.mount : '';
  pushLocations(out, first, input, strippedMount);
  const cookieRules = { dropped: route.preset.droppedCookies, sameSite: input.cookies, basePath: route.upstream.basePath, strippedMount };
  for (const [, value] of all.get('set-cookie') ?? []) {
    const cookie = rewriteSetCookie(value, cookieRules);
    if (cookie !== undefined) out.push(['Set-Cookie', cookie]);
  }
  for (const name of ['Content-Security-Policy', 'Content-Security-Policy-Report-Only']) {
    for (const [, value] of all.get(name.toLowerCase()) ?? []) {
      const kept = input.embed.withoutFrameAncestors(value);
      if (kept !== undefined) out.push([name, kept]);
    }
  }
  out.push(['Content-Security-Policy', input.embed.frameAncestors]);
  if (!all.has('referrer-policy')) out.push(['Referrer-Policy', 'strict-origin-when-cross-origin']);
  pushCaching(out, all, first, mounted);
  for (const [name, value] of input.embed.cors(input.origin)) out.push([name, value]);
  return out;
}

function protocolFault(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason });
}

function collect(rawHeaders: readonly string[]): Map<string, RawHeaders> {
  const all = new Map<string, RawHeaders>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const value = rawHeaders[i + 1] ?? '';
    // Node refuses control bytes; obs-text is read as Latin-1 by some and UTF-8 by others.
    if (/[^\t\x20-\x7e]/.test(value)) throw protocolFault('header-byte');
    const key = name.toLowerCase();
    const lines = all.get(key);
    if (lines === undefined) all.set(key, [[name, value]]);
    else lines.push([name, value]);
  }
  return all;
}

function pushLocations(
  out: RawHeaders,
  first: (name: string) => string | undefined,
  input: ResponseHeaderInput,
  strippedMount: string,
): void {
  const { route } = input.mounted;
  const rules = {
    publicOrigin: route.publicOrigin,
    upstreamOrigin: route.upstream.origin,
    basePath: route.upstream.basePath,
    strippedMount,
    allowedOrigins: input.embed.hosts,
  };
  const location = first('location');
  if (location !== undefined) {
    const rewritten = rewriteLocation(location, rules);
    if (rewritten === undefined) throw protocolFault('location-origin');
    out.push(['Location', rewritten]);
  }
  const contentLocation = first('content-location');
  const rewrittenContent = contentLocation === undefined ? undefined : rewriteLocation(contentLocation, rules);
  if (rewrittenContent !== undefined) out.push(['Content-Location', rewrittenContent]);
  const refresh = /^\s*(\d+)\s*(?:[;,]\s*(?:url\s*=\s*)?["']?([^"']*)["']?\s*)?$/i.exec(first('refresh') ?? '');
  if (refresh !== null) {
    const target = refresh[2] === undefined || refresh[2] === '' ? undefined : rewriteLocation(refresh[2], rules);
    if (refresh[2] === undefined || refresh[2] === '') out.push(['Refresh', refresh[1] ?? '0']);
    else if (target !== undefined) out.push(['Refresh', `${refresh[1]}; url=${target}`]);
  }
}

function pushCaching(
  out: RawHeaders,
  all: ReadonlyMap<string, RawHeaders>,
  first: (name: string) => string | undefined,
  mounted: MountedRoute,
): void {
  const { preset } = mounted.route;
  const asset = preset.isAsset(mounted.path);
  const value = cacheControl({
    asset,
    presetKnowsAssets: preset.knowsAssets,
    contentType: first('content-type') ?? '',
    cacheControl: (all.get('cache-control') ?? []).map(([, line]) => line).join(', ') || undefined,
  });
  out.push(['Cache-Control', value]);
  const vary = (all.get('vary') ?? []).map(([, line]) => line).join(', ');
  // Assets hold nobody's data, so a cached one may serve the next session; only the echoed origin differs.
  out.push(['Vary', mergeVary(vary, asset ? ['Origin'] : ['Cookie', 'Origin', 'Sec-Fetch-Site', 'Sec-Fetch-Dest'])]);
}
