// May a page of that origin send this request? Each own route states its policy as data; this judges it (SEC-D7.2).
// Pure: facts in, verdict out. Fetch Metadata first, then Origin, then Referer, else no.

import type { Request } from 'express';
import { isSameSite } from '../config/same-site.ts';
import { refererOrigin } from '../kernel/origin.ts';

/** any: no cookie is read. listed-hosts: our origin and `embed.hosts`. same-origin: our own pages. */
export type OriginPolicy = 'same-origin' | 'listed-hosts' | 'any';

export interface OriginFacts {
  readonly method: string;
  /** Values of the request's headers of these names. */
  readonly secFetchSite: string | undefined;
  readonly secFetchMode: string | undefined;
  readonly secFetchDest: string | undefined;
  readonly origin: string | undefined;
  readonly referer: string | undefined;
}

/** @param req As Express gives it. */
export function readOriginFacts(req: Pick<Request, 'method' | 'headers' | 'get'>): OriginFacts {
  const { method, headers } = req;
  const secFetch = (name: string): string | undefined => req.get(`Sec-Fetch-${name}`);
  const metadata = { secFetchSite: secFetch('Site'), secFetchMode: secFetch('Mode'), secFetchDest: secFetch('Dest') };
  return { method, ...metadata, origin: headers.origin, referer: headers.referer };
}

export interface KnownOrigins {
  readonly publicOrigin: string;
  readonly hosts: readonly string[];
  /** What `Sec-Fetch-Site` says of requests that pages of `hosts` send. */
  readonly hostSites: ReadonlySet<string>;
}

/** Facts of a configuration that the verdicts depend on. */
export function describeOrigins(publicOrigin: string, hosts: readonly string[]): KnownOrigins {
  const siteOf = (host: string): string => {
    if (host === publicOrigin) return 'same-origin';
    return isSameSite(host, publicOrigin) ? 'same-site' : 'cross-site';
  };
  return { publicOrigin, hosts, hostSites: new Set(hosts.map(siteOf)) };
}

/** `allow`, or why not: for the log. */
export type OriginVerdict =
  | 'allow'
  | 'not-a-navigation'
  | 'cross-site-read'
  | 'origin-not-listed'
  | 'origin-null'
  | 'origin-foreign'
  | 'origin-unknown';

/** What a page may read: nothing that another site's script asks for. A person may come from anywhere. */
function judgeRead(facts: OriginFacts, { publicOrigin }: KnownOrigins): OriginVerdict {
  const { secFetchSite, secFetchMode, secFetchDest, origin } = facts;
  if (secFetchSite === 'same-origin' || secFetchSite === 'none') return 'allow';
  if (secFetchSite !== undefined) {
    const opensPage = secFetchMode === 'navigate' && secFetchDest !== 'object' && secFetchDest !== 'embed';
    return opensPage ? 'allow' : 'cross-site-read';
  }
  return origin === undefined || origin === publicOrigin ? 'allow' : 'cross-site-read';
}

function judgeOwnWrite(facts: OriginFacts, { publicOrigin }: KnownOrigins): OriginVerdict {
  const { secFetchSite, origin } = facts;
  if (secFetchSite === 'same-origin') return 'allow';
  // `none` is a person's own doing, such as sending a form again from the history: the other headers decide.
  if (secFetchSite !== undefined && secFetchSite !== 'none') return 'origin-foreign';
  const source = origin ?? refererOrigin(facts.referer);
  if (source === undefined) return 'origin-unknown';
  return source === publicOrigin ? 'allow' : 'origin-foreign';
}

function judgeHostWrite(facts: OriginFacts, known: KnownOrigins): OriginVerdict {
  // A host page with `Referrer-Policy: no-referrer` posts `null`. What comes back can be shown in a frame only where
  // frame-ancestors allows it; a window of its own could be anybody's. A site that no listed host is on is nobody's.
  if (facts.origin === 'null') {
    const isHostSite = facts.secFetchSite === undefined || known.hostSites.has(facts.secFetchSite);
    return facts.secFetchDest === 'iframe' && isHostSite ? 'allow' : 'origin-null';
  }
  const source = facts.origin ?? refererOrigin(facts.referer);
  if (source !== undefined && known.hosts.includes(source)) return 'allow';
  const verdict = judgeOwnWrite(facts, known);
  return verdict === 'origin-foreign' ? 'origin-not-listed' : verdict;
}

export function judgeOrigin(policy: OriginPolicy, facts: OriginFacts, known: KnownOrigins): OriginVerdict {
  if (policy === 'any') return 'allow';
  if (facts.method === 'GET' || facts.method === 'HEAD') return judgeRead(facts, known);
  return policy === 'listed-hosts' ? judgeHostWrite(facts, known) : judgeOwnWrite(facts, known);
}

/**
 * May this page send a person to an address that signs them in (SEC-B12.8)? A link says less of where it stands than a
 * form does: the Referer says it, or that a person typed the address. A page without a Referer is believed as one that
 * posts `Origin: null` is: in a frame, and on a site that a listed host is on.
 */
export function judgeLink(facts: OriginFacts, known: KnownOrigins): OriginVerdict {
  const { secFetchSite, secFetchMode, secFetchDest } = facts;
  const isFrame = secFetchDest === 'iframe';
  if (secFetchMode !== 'navigate' || !(isFrame || secFetchDest === 'document')) return 'not-a-navigation';
  if (secFetchSite === 'none' || secFetchSite === 'same-origin') return 'allow';
  const source = refererOrigin(facts.referer);
  if (source !== undefined) return known.hosts.includes(source) || source === known.publicOrigin ? 'allow' : 'origin-not-listed';
  return isFrame && known.hostSites.has(secFetchSite ?? '') ? 'allow' : 'origin-unknown';
}
