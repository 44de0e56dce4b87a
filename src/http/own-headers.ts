// Security headers of framegate's own answers, made by helmet: one class per row of the design's table (SEC-D3.1,
// SEC-D4). Never used on the proxied road.

import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import helmet from 'helmet';
import type { Config } from '../config/config.ts';

/**
 * top-level: pages that nobody may frame. in-frame: pages that `embed.hosts` may frame. script: our own scripts and
 * styles. script-public: a script for host pages. data: JSON.
 */
export type HeaderClass = 'top-level' | 'in-frame' | 'script' | 'script-public' | 'data';

/** Two years, in seconds (SEC-D4.1). */
const HSTS_MAX_AGE_SECONDS = 2 * 365 * 24 * 60 * 60;
const HSTS = `max-age=${HSTS_MAX_AGE_SECONDS}; includeSubDomains`;
const PERMISSIONS_POLICY = 'camera=(), microphone=(), geolocation=(), payment=(), usb=()';
const SCRIPT_CACHE = 'public, max-age=3600';

// A host application may have set these before it called us (library mode); ours replace them as a whole.
const REPLACED_HEADERS = [
  'Content-Security-Policy',
  'Content-Security-Policy-Report-Only',
  'Cross-Origin-Embedder-Policy',
  'Cross-Origin-Opener-Policy',
  'Cross-Origin-Resource-Policy',
  'Origin-Agent-Cluster',
  'X-Frame-Options',
];

type HelmetHandler = ReturnType<typeof helmet>;
type Directives = Record<string, Iterable<string | ((req: IncomingMessage, res: ServerResponse) => string)>>;

const nonces = new WeakMap<ServerResponse, string>();

function nonceSource(_req: IncomingMessage, res: ServerResponse): string {
  return `'nonce-${nonces.get(res) ?? ''}'`;
}

function buildPageDirectives(frameAncestors: readonly string[], formTargets: () => readonly string[] = () => []): Directives {
  return {
    'default-src': ["'none'"],
    'script-src': [nonceSource],
    'style-src': [nonceSource],
    'img-src': ["'self'", 'data:'],
    'connect-src': ["'self'"],
    // Browsers hold the redirects of a form to it, too (SEC-D3.1).
    'form-action': [() => ["'self'", ...formTargets()].join(' ')],
    'base-uri': ["'none'"],
    'object-src': ["'none'"],
    'frame-ancestors': frameAncestors,
    'require-trusted-types-for': ["'script'"],
  };
}

const NOTHING: Directives = { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] };

interface ClassOptions {
  readonly directives: Directives;
  readonly denyFrames: boolean;
  readonly resourcePolicy: 'same-origin' | 'cross-origin';
  /** Pages that isolate themselves may frame it (SEC-C10). */
  readonly isIsolated?: boolean;
}

function createHelmet({ directives, denyFrames, resourcePolicy, isIsolated = false }: ClassOptions): HelmetHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    // `same-origin` on any page of the popup's chain would cut it from its opener for good (SEC-C7).
    crossOriginOpenerPolicy: { policy: 'unsafe-none' },
    crossOriginResourcePolicy: { policy: resourcePolicy },
    crossOriginEmbedderPolicy: isIsolated ? { policy: 'require-corp' } : false,
    // Dashboards of the same origin do not send it, and the first page of an origin decides for all.
    originAgentCluster: false,
    // With `no-referrer` our own forms would post `Origin: null` (SEC-D4.3).
    referrerPolicy: { policy: 'same-origin' },
    // Below, as it speaks for a whole host.
    strictTransportSecurity: false,
    xFrameOptions: denyFrames ? { action: 'deny' } : false,
  });
}

export interface OwnHeaders {
  /**
   * Sets the headers of a class.
   * @returns the nonce that the Content-Security-Policy of this answer accepts (128 random bits, base64).
   */
  apply(headerClass: HeaderClass, req: IncomingMessage, res: ServerResponse): string;
}

/**
 * @param isMounted Whether the origin is a host application's, which then says itself what holds for all of it.
 * @param formTargets Origins that forms of top-level pages may lead to, besides ours. Default: none.
 */
export function createOwnHeaders(
  config: Pick<Config, 'publicUrl' | 'embed'>,
  isMounted: () => boolean,
  formTargets?: () => readonly string[],
): OwnHeaders {
  const { https } = config.publicUrl;
  const isIsolated = config.embed.crossOriginIsolated;
  const ancestors = config.embed.hosts.length > 0 ? config.embed.hosts : ["'none'"];
  const page = { denyFrames: true, resourcePolicy: 'same-origin' } as const;
  const helmets: Readonly<Record<HeaderClass, HelmetHandler>> = {
    'top-level': createHelmet({ ...page, directives: buildPageDirectives(["'none'"], formTargets) }),
    'in-frame': createHelmet({
      directives: buildPageDirectives(ancestors),
      denyFrames: false,
      resourcePolicy: isIsolated ? 'cross-origin' : 'same-origin',
      isIsolated,
    }),
    script: createHelmet({ ...page, directives: NOTHING }),
    'script-public': createHelmet({ ...page, directives: NOTHING, resourcePolicy: 'cross-origin' }),
    data: createHelmet({ ...page, directives: NOTHING }),
  };

  return {
    apply(headerClass, req, res) {
      const nonce = randomBytes(16).toString('base64');
      nonces.set(res, nonce);
      for (const name of REPLACED_HEADERS) res.removeHeader(name);
      helmets[headerClass](req, res, (error) => {
        if (error !== undefined) throw error;
      });
      if (!isMounted()) {
        if (https) res.setHeader('Strict-Transport-Security', HSTS);
        else res.removeHeader('Strict-Transport-Security');
      }
      res.setHeader('Permissions-Policy', PERMISSIONS_POLICY);
      const isScript = headerClass === 'script' || headerClass === 'script-public';
      res.setHeader('Cache-Control', isScript ? SCRIPT_CACHE : 'no-store');
      if (headerClass === 'script-public') res.setHeader('Access-Control-Allow-Origin', '*');
      return nonce;
    },
  };
}
