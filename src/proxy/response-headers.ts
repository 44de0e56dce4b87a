// What of an upstream's answer the browser sees: on every response, errors, redirects, 304 and upgrades included (PRX-26).

import { FramegateError } from '../kernel/errors.ts';
import { cacheControl, mergeVary } from './caching.ts';
import { hopByHopNames } from './hop-by-hop.ts';
import { judgeOnce } from './judged-names.ts';
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
  /** Whether pages that isolate themselves may frame the documents. */
  readonly crossOriginIsolated: boolean;
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
  const { mounted, embed } = input;
  const { preset, upstream } = mounted.route;
  const out: RawHeaders = [];
  const own = sort(input.rawHeaders, out);
  const coding = own.first('transfer-encoding');
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw protocolFault('transfer-coding');
  const location = own.first('location');
  if (preset.isUpstreamLogin(input.status, location))
    throw new FramegateError('FRAMEGATE_UPSTREAM_IDENTITY', { reason: 'upstream-asks-for-sign-in' });

  const strippedMount = upstream.stripMount ? mounted.mount : '';
  pushLocations(out, own, input, strippedMount);
  const cookies = own.all('set-cookie');
  if (cookies.length > 0) {
    const cookieRules = { dropped: preset.droppedCookies, sameSite: input.cookies, basePath: upstream.basePath, strippedMount };
    for (const value of cookies) {
      const cookie = rewriteSetCookie(value, cookieRules);
      if (cookie !== undefined) out.push(['Set-Cookie', cookie]);
    }
  }
  for (const name of ['Content-Security-Policy', 'Content-Security-Policy-Report-Only']) {
    for (const value of own.all(name.toLowerCase())) {
      const kept = embed.withoutFrameAncestors(value);
      if (kept !== undefined) out.push([name, kept]);
    }
  }
  out.push(['Content-Security-Policy', embed.frameAncestors]);
  if (embed.crossOriginIsolated) pushIsolation(out, input.status);
  out.push(['Referrer-Policy', own.first('referrer-policy') ?? 'strict-origin-when-cross-origin']);
  pushCaching(out, own, mounted);
  for (const [name, value] of embed.cors(input.origin)) out.push([name, value]);
  return out;
}

/** The headers that are not passed on as they are, by lower-case name. Few answers have more than a handful. */
class OwnHeaders {
  readonly #lines: (readonly [key: string, value: string])[] = [];

  add(key: string, value: string): void {
    this.#lines.push([key, value]);
  }

  first(key: string): string | undefined {
    for (const line of this.#lines) if (line[0] === key) return line[1];
    return undefined;
  }

  all(key: string): readonly string[] {
    if (!this.#lines.some((line) => line[0] === key)) return NONE;
    return this.#lines.filter((line) => line[0] === key).map(([, value]) => value);
  }
}

const NONE: readonly string[] = [];

/** What may pass goes to `out`; the rest is returned, for the rules above. */
function sort(rawHeaders: readonly string[], out: RawHeaders): OwnHeaders {
  const own = new OwnHeaders();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    const value = rawHeaders[i + 1] ?? '';
    // Node refuses control bytes; obs-text is read as Latin-1 by some and UTF-8 by others.
    if (NOT_PLAIN.test(value)) throw protocolFault('header-byte');
    const { key, isPassed } = judgeName(name);
    if (isPassed) out.push([name, value]);
    else if (JUDGED.has(key)) own.add(key, value);
  }
  const named = hopByHopNames(own.all('connection'));
  if (named.size > FIXED_HOP_BY_HOP.size) {
    const kept = out.filter(([name]) => !named.has(name.toLowerCase()));
    out.splice(0, out.length, ...kept);
  }
  return own;
}

const NOT_PLAIN = /[^\t\x20-\x7e]/;
const FIXED_HOP_BY_HOP = hopByHopNames(NONE);
/** Removed, or passed on only as the rules above say. */
const JUDGED = new Set([...REMOVED, ...FIXED_HOP_BY_HOP, 'referrer-policy']);

interface HeaderName {
  /** Lower case. */
  readonly key: string;
  /** It goes to the browser as it is. */
  readonly isPassed: boolean;
}

const judgeName = judgeOnce((written): HeaderName => {
  const key = written.toLowerCase();
  return { key, isPassed: !JUDGED.has(key) && !key.startsWith('access-control-') };
});

function protocolFault(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_UPSTREAM_PROTOCOL', { reason });
}

function pushLocations(out: RawHeaders, own: OwnHeaders, input: ResponseHeaderInput, strippedMount: string): void {
  const location = own.first('location');
  const contentLocation = own.first('content-location');
  const refreshLine = own.first('refresh');
  if (location === undefined && contentLocation === undefined && refreshLine === undefined) return;
  const { route } = input.mounted;
  const rules = {
    publicOrigin: route.publicOrigin,
    upstreamOrigin: route.upstream.origin,
    basePath: route.upstream.basePath,
    strippedMount,
    allowedOrigins: input.embed.hosts,
  };
  if (location !== undefined) {
    const rewritten = rewriteLocation(location, rules);
    if (rewritten === undefined) throw protocolFault('location-origin');
    out.push(['Location', rewritten]);
  }
  const rewrittenContent = contentLocation === undefined ? undefined : rewriteLocation(contentLocation, rules);
  if (rewrittenContent !== undefined) out.push(['Content-Location', rewrittenContent]);
  const refresh = /^\s*(\d+)\s*(?:[;,]\s*(?:url\s*=\s*)?["']?([^"']*)["']?\s*)?$/i.exec(refreshLine ?? '');
  if (refresh !== null) {
    const target = refresh[2] === undefined || refresh[2] === '' ? undefined : rewriteLocation(refresh[2], rules);
    if (refresh[2] === undefined || refresh[2] === '') out.push(['Refresh', refresh[1] ?? '0']);
    else if (target !== undefined) out.push(['Refresh', `${refresh[1]}; url=${target}`]);
  }
}

/** A 304 is none: what it says would hold for the stored answer, whatever that is. */
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** SEC-C10. Workers of a page that isolates itself have to say so too, so scripts do; other sites may use documents alone, and redirects to them. */
function pushIsolation(out: RawHeaders, status: number): void {
  out.push(['Cross-Origin-Embedder-Policy', 'require-corp']);
  if (REDIRECTS.has(status) || /^text\/html\b/i.test(contentTypeOf(out))) out.push(['Cross-Origin-Resource-Policy', 'cross-origin']);
}

function pushCaching(out: RawHeaders, own: OwnHeaders, mounted: MountedRoute): void {
  const { preset } = mounted.route;
  const asset = preset.isAsset(mounted.path);
  const value = cacheControl({
    asset,
    presetKnowsAssets: preset.knowsAssets,
    contentType: contentTypeOf(out),
    cacheControl: own.all('cache-control').join(', ') || undefined,
  });
  out.push(['Cache-Control', value]);
  // Assets hold nobody's data, so a cached one may serve the next session; only the echoed origin differs.
  const vary = own.all('vary');
  out.push(['Vary', vary.length === 0 && !asset ? PLAIN_VARY : mergeVary(vary.join(', '), asset ? ['Origin'] : VARY_NAMES)]);
}

const VARY_NAMES = ['Cookie', 'Origin', 'Sec-Fetch-Site', 'Sec-Fetch-Dest'];
const PLAIN_VARY = VARY_NAMES.join(', ');

function contentTypeOf(headers: RawHeaders): string {
  return headers.find(([name]) => name.length === 12 && name.toLowerCase() === 'content-type')?.[1] ?? '';
}
