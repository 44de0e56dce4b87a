// What goes upstream: strip first, then set. Everything a client says about who it is or how it got here is removed;
// identity and forwarding headers are then set once, from the session and the socket.

import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { hopByHopNames } from './hop-by-hop.ts';
import type { IdentityValues } from './identity-values.ts';
import { judgeOnce } from './judged-names.ts';
import type { Route } from './route.ts';

// Headers by which a client would choose its address, host, path or method at the upstream (SEC-H7, SEC-H8, PRX-12).
const CLIENT_CLAIMS = new Set([
  'forwarded',
  'forwarded-for',
  'x-forwarded',
  'x-original-forwarded-for',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
  'x-original-url',
  'x-original-uri',
  'x-original-host',
  'x-rewrite-url',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-host',
  'x-envoy-original-path',
  'authorization',
  'expect',
  'cookie',
  'via',
  'max-forwards',
]);

/** Methods whose body every upstream reads. */
const EXPECTS_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** What they compare with belongs to the answer before it was cut down. */
const CONDITIONS = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'];

/** More ranges than a player asks for are an amplification (SEC-B3.6). */
const MAX_RANGES = 8;

export interface RequestHeaderInput {
  readonly req: IncomingMessage;
  readonly route: Route;
  readonly identity: IdentityValues;
  /** Organisation of the upstream that the request is for; undefined: the upstream's own choice. */
  readonly orgId?: number | undefined;
  /** Signed for this upstream; default: it gets none. */
  readonly token?: string | undefined;
  readonly clientAddress: string;
  /** Lower-case names that the guard wants dropped. */
  readonly dropped: readonly string[];
  /** True for a document into which a tag is inserted: asked for without compression. */
  readonly rewrite: boolean;
  /** True where the answer is cut down: it has to be whole, plain and anew. */
  readonly filtered?: boolean;
  /** Of a body that has been read already, in bytes; default: it is streamed as it comes. */
  readonly bodyLength?: number | undefined;
  readonly upgrade: boolean;
  /** True where what passes over the WebSocket is read: nothing may compress it. */
  readonly judgesMessages?: boolean;
}

export function buildRequestHeaders(input: RequestHeaderInput): OutgoingHttpHeaders {
  const { req, route } = input;
  const { headers } = req;
  const named = hopByHopNames([headers.connection ?? '']);
  const out: OutgoingHttpHeaders = {};
  for (const name in headers) {
    if (isRemoved(name, route) || named.has(name) || input.dropped.includes(name)) continue;
    out[name] = headers[name];
  }
  if (headers.range !== undefined && headers.range.split(',').length > MAX_RANGES) delete out['range'];
  if (input.rewrite || input.filtered === true) {
    out['accept-encoding'] = 'identity';
    delete out['range'];
  }
  if (input.filtered === true) for (const name of CONDITIONS) delete out[name];
  setTarget(out, route);
  const cookie = route.forwardedCookies(headers.cookie);
  if (cookie !== undefined) out['cookie'] = cookie;
  setIdentity(out, route, input.identity);
  const { signedIdentity } = route.upstream;
  if (signedIdentity !== undefined && input.token !== undefined) out[signedIdentity.header.toLowerCase()] = input.token;
  const { orgIdHeader } = route.preset;
  if (orgIdHeader !== undefined && input.orgId !== undefined) out[orgIdHeader] = String(input.orgId);
  setForwarded(out, input);
  setFraming(out, input);
  return out;
}

/** Each route strips names of its own. */
const removals = new WeakMap<Route, (name: string) => boolean>();

function isRemoved(name: string, route: Route): boolean {
  let judge = removals.get(route);
  if (judge === undefined) {
    judge = judgeOnce((written) => CLIENT_CLAIMS.has(written) || written.startsWith('x-forwarded-') || route.isStripped(written));
    removals.set(route, judge);
  }
  return judge(name);
}

function setTarget(out: OutgoingHttpHeaders, route: Route): void {
  if (route.upstream.host === 'public') return;
  out['host'] = new URL(route.upstream.origin).host;
  // Grafana compares Origin with Host, so they change together (grafana.md 2.3). Another origin stays what it is.
  if (out['origin'] === route.publicOrigin) out['origin'] = route.upstream.origin;
  const referer = String(out['referer'] ?? '');
  if (referer === route.publicOrigin || referer.startsWith(`${route.publicOrigin}/`))
    out['referer'] = route.upstream.origin + referer.slice(route.publicOrigin.length);
}

function setIdentity(out: OutgoingHttpHeaders, route: Route, values: IdentityValues): void {
  for (const [field, name] of route.identityNames) {
    const value = values[field];
    if (value !== undefined) out[name] = value;
  }
}

function setForwarded(out: OutgoingHttpHeaders, input: RequestHeaderInput): void {
  const { route } = input;
  out['x-forwarded-for'] = input.clientAddress;
  out['x-real-ip'] = input.clientAddress;
  out['x-forwarded-host'] = route.publicHost;
  out['x-forwarded-proto'] = route.publicHttps ? 'https' : 'http';
  out['x-forwarded-port'] = String(route.publicPort);
  // RFC 9110 7.6.3. The earlier hops' entries are kept: they are how a loop is seen.
  const via = input.req.headers.via;
  const own = `${input.req.httpVersion} ${route.pseudonym}`;
  out['via'] = via === undefined ? own : `${via}, ${own}`;
}

/** Framing is framegate's own, never the client's words (PRX-14). */
function setFraming(out: OutgoingHttpHeaders, input: RequestHeaderInput): void {
  const { req } = input;
  if (input.upgrade) {
    if (input.judgesMessages === true) delete out['sec-websocket-extensions'];
    out['connection'] = 'Upgrade';
    out['upgrade'] = 'websocket';
    return;
  }
  if (input.bodyLength !== undefined) {
    out['content-length'] = String(input.bodyLength);
    out['connection'] = 'keep-alive';
    return;
  }
  if (req.headers['transfer-encoding'] !== undefined) {
    out['transfer-encoding'] = 'chunked';
    // An upstream that misreads the end of a chunked body must not find another person's request behind it.
    out['connection'] = 'close';
    return;
  }
  if (req.headers['content-length'] === undefined && EXPECTS_BODY.has(req.method ?? '')) {
    out['content-length'] = '0';
  }
  // An upstream that reads no body of a GET, or sends one after HEAD, must not find or leave it on the next person's way.
  const mayDesync = req.method === 'HEAD' || (Number(req.headers['content-length'] ?? 0) > 0 && !EXPECTS_BODY.has(req.method ?? ''));
  out['connection'] = mayDesync ? 'close' : 'keep-alive';
}
