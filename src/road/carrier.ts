// Who carries a request: the engine of its upstream, or for an asset the cache in front of that engine. By now the
// policy has spoken: what is in memory is given only to somebody who may have it.

import { createAssetCache } from '../cache/asset-cache.ts';
import type { Background } from '../cache/background.ts';
import type { Tally } from '../cache/ports.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Engine } from '../proxy/engines/engine.ts';
import type { MountedRoute } from '../proxy/mounts.ts';
import type { Route } from '../proxy/route.ts';

const MEGABYTE = 1024 * 1024;

export interface Carrier {
  engineFor(mounted: Pick<MountedRoute, 'preset' | 'path'>): Engine;
  /** Memory of the cache, in bytes; undefined: there is none. */
  cachedBytes(): number | undefined;
  /** Forgets what is in memory. */
  close(): void;
}

interface CarrierParts {
  readonly clock: Clock;
  readonly background: Background;
  /** Requests for assets are counted here. */
  readonly tally: Tally;
}

export function createCarrier(route: Route, engine: Engine, { clock, background, tally }: CarrierParts): Carrier {
  const { assets, timeouts } = route.upstream;
  if (!assets.cache || !route.preset.knowsAssets) return { engineFor: () => engine, cachedBytes: () => undefined, close() {} };
  const cache = createAssetCache({
    sender: engine,
    clock,
    background,
    maxBytes: assets.maxMegabytes * MEGABYTE,
    compress: assets.compress,
    idleMs: timeouts.idleMs,
    identityHeaders: [...Object.values(route.identityHeaders), route.upstream.signedIdentity?.header]
      .filter((name) => name !== undefined)
      .map((name) => name.toLowerCase()),
    tally,
  });
  const cached: Engine = { request: cache.request, upgrade: engine.upgrade, close() {} };
  return {
    engineFor: ({ preset, path }) => (preset.isAsset(path) ? cached : engine),
    cachedBytes: () => cache.bytes,
    close: () => cache.close(),
  };
}
