// Who carries a request: the engine of its upstream, or for an asset the cache in front of that engine. By now the
// policy has spoken: what is in memory is given only to somebody who may have it.

import { createAssetCache } from '../cache/asset-cache.ts';
import { createBackground } from '../cache/background.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Engine } from '../proxy/engines/engine.ts';
import type { MountedRoute } from '../proxy/mounts.ts';
import type { Route } from '../proxy/route.ts';

const MEGABYTE = 1024 * 1024;

export interface Carriers {
  engineFor(mounted: MountedRoute): Engine;
  /** Forgets what is in memory, and gives up what is compressed for later. */
  close(): void;
}

export function createCarriers(engines: ReadonlyMap<Route, Engine>, clock: Clock): Carriers {
  // One for all upstreams: they share the machine.
  const background = createBackground();
  const caches = [...engines].flatMap(([route, engine]) => {
    const { assets, timeouts } = route.upstream;
    if (!assets.cache || !route.preset.knowsAssets) return [];
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
    });
    return [{ route, cache, engine: { request: cache.request, upgrade: engine.upgrade, close() {} } }];
  });
  const enginesOfAssets = new Map<Route, Engine>(caches.map(({ route, engine }) => [route, engine]));
  return {
    engineFor({ route, path }) {
      const engine = (route.preset.isAsset(path) ? enginesOfAssets.get(route) : undefined) ?? engines.get(route);
      if (engine === undefined) throw new Error(`no engine for upstream ${route.upstream.name}`);
      return engine;
    },
    close() {
      for (const { cache } of caches) cache.close();
      background.close();
    },
  };
}
