// One lane for each upstream: its route, its engine, and the cache in front of that. A lane outlives a reload that says
// the same of its upstream, so its connections stay open and its cache warm.

import { createBackground } from '../cache/background.ts';
import type { Config, UpstreamConfig } from '../config/config.ts';
import { isSame } from '../config/fingerprint.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Meters } from '../observe/meters.ts';
import { createEngine, type UpstreamEngine } from '../proxy/engines/create-engine.ts';
import { createRoute, type Route } from '../proxy/route.ts';
import { type Carrier, createCarrier } from '../road/carrier.ts';
import { rootOf } from './ask-version.ts';
import { type VersionWatch, watchVersion } from './version-watch.ts';

export interface Lane {
  readonly route: Route;
  readonly engine: UpstreamEngine;
  readonly carrier: Carrier;
  /** undefined: the version of the upstream does not matter. */
  readonly version: VersionWatch | undefined;
}

export interface Lanes {
  /** The lanes of a configuration: those of `earlier` that it says the same of, and new ones. */
  open(config: Config, earlier: readonly Lane[]): readonly Lane[];
  /** One configuration less needs them; a lane that none needs closes. */
  release(lanes: readonly Lane[]): void;
  /** The end of all; requests under way come to theirs. */
  close(): void;
}

/** What a lane is made of. */
interface Origin {
  readonly upstream: UpstreamConfig;
  readonly header: Config['signIn']['header'];
}

export interface LanesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly meters: Meters;
}

export function createLanes({ clock, log, meters }: LanesOptions): Lanes {
  // One for all upstreams: they share the machine.
  const background = createBackground();
  const users = new Map<Lane, number>();
  const origins = new WeakMap<Lane, Origin>();

  function openLane(config: Config, upstream: UpstreamConfig, earlier: readonly Lane[]): Lane {
    const route = createRoute(config, upstream);
    const known = earlier.find((lane) => leadsToSame(lane.route.upstream, upstream))?.version?.inForce();
    const version = watchVersion(route, { clock, log, earlier: known });
    const engine = createEngine(upstream, { clock, log, onUp: () => version?.askNow() });
    const lane = {
      route,
      engine,
      carrier: createCarrier(route, engine, { clock, background, tally: meters.of(upstream.name).assets }),
      version,
    };
    origins.set(lane, { upstream, header: config.signIn.header });
    return lane;
  }

  function closeLane(lane: Lane): void {
    users.delete(lane);
    lane.version?.stop();
    lane.carrier.close();
    lane.engine.close();
  }

  return {
    open(config, earlier) {
      const { header } = config.signIn;
      return config.upstreams.map((upstream) => {
        const lane = earlier.find((each) => isSame(origins.get(each), { upstream, header })) ?? openLane(config, upstream, earlier);
        users.set(lane, (users.get(lane) ?? 0) + 1);
        return lane;
      });
    },
    release(lanes) {
      for (const lane of lanes) {
        const left = (users.get(lane) ?? 0) - 1;
        if (left > 0) users.set(lane, left);
        else if (users.has(lane)) closeLane(lane);
      }
    },
    close() {
      background.close();
      for (const lane of [...users.keys()]) closeLane(lane);
    },
  };
}

/** Whether both are the same server, however it is spoken to. */
function leadsToSame(one: UpstreamConfig, other: UpstreamConfig): boolean {
  const placeOf = (upstream: UpstreamConfig): unknown => {
    const { preset, origin, socketPath } = upstream;
    return { preset, origin, socketPath, root: rootOf(upstream) };
  };
  return isSame(placeOf(one), placeOf(other));
}
