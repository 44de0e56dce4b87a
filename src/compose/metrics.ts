// The metrics put together: what each is read from, in every room, at the moment in which somebody asks.

import type { Config } from '../config/config.ts';
import type { Meters, UpstreamMeter } from '../observe/meters.ts';
import type { MetricReaders } from '../observe/registry.ts';
import { readVersion } from '../observe/version.ts';
import type { LiveConnections } from '../proxy/live-connections.ts';
import type { Generation } from './generation.ts';

export interface MetricSources {
  readonly meters: Meters;
  readonly live: LiveConnections;
  readonly sessions: { readonly size: number };
  readonly trail: { readonly lost: number };
  /** Of the store that `session.store` names. */
  isStoreUp(): boolean;
  current(): Pick<Generation, 'config' | 'lanes' | 'parts'>;
}

/** @returns the metrics of one gate as text in Prometheus' format 0.0.4. */
export function createMetrics(sources: MetricSources): () => Promise<string> {
  let printing: Promise<{ metrics(): Promise<string> }> | undefined;
  return async function printMetrics() {
    // The library costs memory, which who never asks is spared.
    printing ??= import('../observe/registry.ts').then(({ createRegistry }) => createRegistry(createReaders(sources)));
    return (await printing).metrics();
  };
}

function createReaders({ meters, live, sessions, trail, isStoreUp, current }: MetricSources): MetricReaders {
  const version = readVersion();
  /** Of each upstream that anything was counted for. */
  function* ofMeters<Value>(read: (meter: UpstreamMeter) => Iterable<readonly [readonly string[], Value]>) {
    for (const [name, meter] of meters.upstreams()) for (const [labels, value] of read(meter)) yield [[name, ...labels], value] as const;
  }
  const ofUpstreams = <Value>(read: (meter: UpstreamMeter) => Value) =>
    [...ofMeters((meter) => [[[], read(meter)] as const])].filter(([[name]]) => name !== '');
  const lanes = () => current().lanes.map(({ route, engine, carrier }) => ({ name: route.upstream.name, engine, carrier }));
  const one = (value: number) => [[[], value] as const];

  return {
    build: () => [[[version], 1]],
    requests: () => ofMeters((meter) => meter.requests()),
    errors: () => ofMeters(({ errors }) => errors.byTwo()),
    requestTimes: () => ofUpstreams(({ requestTimes }) => requestTimes),
    decisionTimes: () => ofUpstreams(({ decisionTimes }) => decisionTimes),
    ownRequests: () => meters.ownRequests.byOne(),
    observedDenials: () => ofUpstreams(({ observedDenials }) => observedDenials),
    live() {
      const counts = live.countByUpstream();
      return lanes().flatMap(({ name }) => [
        [[name, 'websocket'], counts.get(name)?.sockets ?? 0],
        [[name, 'event-stream'], counts.get(name)?.streams ?? 0],
      ]);
    },
    refusedMessages: () => ofUpstreams(({ refusedMessages }) => refusedMessages),
    upstreamUp: () => lanes().map(({ name, engine }) => [[name], Number(engine.isUp())]),
    outages: () => ofUpstreams(({ outages }) => outages),
    connections: () =>
      lanes().flatMap(({ name, engine }) => {
        const { busy, free } = engine.connectionUse();
        return [[[name, 'busy'], busy] as const, [[name, 'free'], free] as const];
      }),
    waiting: () => lanes().map(({ name, engine }) => [[name], engine.connectionUse().waiting]),
    cacheRequests: () =>
      lanes().flatMap(({ name, carrier }) => {
        const { hits, shared, misses, passed } = meters.of(name).assets;
        const results = Object.entries({ hit: hits, shared, miss: misses, passed });
        return carrier.cachedBytes() === undefined ? [] : results.map(([result, count]) => [[name, result], count] as const);
      }),
    cacheBytes: () =>
      lanes().flatMap(({ name, carrier }) => {
        const bytes = carrier.cachedBytes();
        return bytes === undefined ? [] : [[[name], bytes] as const];
      }),
    signIns: () => meters.signIns.byTwo(),
    sessions: () => one(sessions.size),
    startedSessions: () => meters.startedSessions.byOne(),
    endedSessions: () => meters.endedSessions.byOne(),
    revocations: () => meters.revocations.byOne(),
    keyLoads: () => meters.keyLoads.byTwo(),
    keysStale: () => current().config.signIn.tickets.map(({ issuer }) => [[issuer], Number(meters.staleIssuers.has(issuer))]),
    providerFailures: () => meters.providerFailures.byTwo(),
    storeUp: () => storeOf(current().config).map((kind) => [[kind], Number(isStoreUp())]),
    storeFailures: () => meters.storeFailures.byOne(),
    config: () => [[[current().parts.revision], 1]],
    reloads: () => [
      [['applied'], meters.reloads.succeeded],
      [['refused'], meters.reloads.failed],
    ],
    reloadGood: () => one(Number(meters.reloads.isLastGood)),
    reloadTime: () => one(meters.reloads.lastGoodAtMs / 1000),
    auditLost: () => one(trail.lost),
  };
}

const storeOf = ({ session: { store } }: Config): string[] => (store.kind === 'memory' ? [] : [store.kind]);
