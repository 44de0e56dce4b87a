// Routes made from a configuration, for tests of what is built on them.

import type { UpstreamConfig } from '../../src/config/config.ts';
import type { MountedRoute } from '../../src/proxy/mounts.ts';
import { createMounts } from '../../src/proxy/mounts.ts';
import { createRoute, type Route } from '../../src/proxy/route.ts';

export const PUBLIC = 'https://p.test';
export const UPSTREAM = 'http://grafana:3000';

function upstreamOf(over: Partial<UpstreamConfig> = {}): UpstreamConfig {
  return {
    name: 'main',
    preset: 'grafana',
    version: undefined,
    paths: [],
    origin: UPSTREAM,
    basePath: '',
    socketPath: undefined,
    tls: undefined,
    mount: '/',
    stripMount: false,
    host: 'public',
    engine: 'auto',
    identityHeaders: undefined,
    signedIdentity: undefined,
    encodeIdentity: false,
    timeouts: { connectMs: 1000, firstByteMs: 1000, idleMs: 1000 },
    maxSockets: 10,
    maxQueue: 10,
    assets: { cache: true, maxMegabytes: 8, compress: true },
    compressJson: true,
    maxBodyBytes: undefined,
    health: { path: undefined, intervalMs: 1000, failures: 5, openForMs: 1000 },
    allowInPath: [],
    forwardCookies: undefined,
    ...over,
  };
}

export function routeOf(over: Partial<UpstreamConfig> = {}): Route {
  const publicUrl = { origin: PUBLIC, hosts: ['p.test', 'p.test:443'], hostname: 'p.test', port: 443, https: true };
  return createRoute({ publicUrl }, upstreamOf(over));
}

/** The route as found for a target. */
export function mountedOf(target: string, over: Partial<UpstreamConfig> = {}): MountedRoute {
  const mounted = createMounts([routeOf(over)], '').find(target);
  if (mounted === undefined) throw new Error(`${target} is not mounted`);
  return mounted;
}
