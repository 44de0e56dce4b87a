// What one configuration makes: everything that is built anew when another takes its place. Sessions, counters and
// connections are not among it; they outlive it (docs/decisions/0018-reload-by-generations.md).

import type { IncomingMessage } from 'node:http';
import { jsonCompressionFor } from '../cache/json-compression.ts';
import type { Config } from '../config/config.ts';
import { nameRevision } from '../config/fingerprint.ts';
import { corsHeaders } from '../embed/cors.ts';
import { createDocumentRewrite } from '../embed/document-rewrite.ts';
import { frameAncestors, withoutFrameAncestors } from '../embed/frame-ancestors.ts';
import { createAnswers } from '../http/answers.ts';
import { readAssets } from '../http/assets.ts';
import type { Audit } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { StateStore } from '../kernel/state-store.ts';
import type { Denials } from '../observe/denials.ts';
import type { Meters } from '../observe/meters.ts';
import { createClientAddress } from '../proxy/forwarded.ts';
import { createGuardPolicy } from '../proxy/guard-policy.ts';
import type { LiveConnections } from '../proxy/live-connections.ts';
import { createMounts, type MountedRoute, type Mounts } from '../proxy/mounts.ts';
import { pseudonymOf } from '../proxy/route.ts';
import type { HostMount } from '../road/host-mount.ts';
import { createHttpRoad, type HttpRoad } from '../road/http.ts';
import type { GateParts } from '../road/parts.ts';
import type { RequestBuckets } from '../road/request-buckets.ts';
import type { Sessions } from '../session/session.ts';
import { limitToAccounts } from './account-sessions.ts';
import { startWhile } from './current-sessions.ts';
import { composeIdentification } from './identification.ts';
import type { Lane } from './lanes.ts';
import { composeLogins } from './logins.ts';
import { composeOidc } from './oidc.ts';
import { composeOwnRoutes } from './own-routes.ts';
import { composeSignedIdentities } from './signed-identities.ts';

/** What outlives every configuration. */
export interface Lasting {
  readonly clock: Clock;
  readonly log: Log;
  readonly audit: Audit;
  readonly denials: Denials;
  readonly meters: Meters;
  readonly state: StateStore;
  readonly sessions: Sessions;
  readonly live: LiveConnections;
  readonly requests: RequestBuckets;
  readonly hostMount: HostMount;
  /** What a host application gives. */
  readonly identify: ((req: IncomingMessage) => unknown) | undefined;
  isDraining(): boolean;
}

export interface Generation {
  readonly config: Config;
  readonly lanes: readonly Lane[];
  readonly parts: GateParts;
  readonly road: HttpRoad;
  findMount(target: string): MountedRoute | undefined;
  /** Something is under way in it, until `leave`. */
  enter(): void;
  readonly leave: () => void;
  /** Nothing new comes: watches no files any more, and calls `onEmpty` when nothing is under way. */
  retire(onEmpty: () => void): void;
}

const UNTRUSTED_PROXY_HINT =
  'this peer sent X-Forwarded-For, which is ignored; if it is the proxy in front, add its address to trustedProxies, else all viewers share one address for limits';

export function createGeneration(config: Config, lanes: readonly Lane[], lasting: Lasting): Generation {
  const { clock, log, state, live, hostMount } = lasting;
  // At the end of all there is no other configuration, and sign-ins come to theirs.
  const isCurrent = (): boolean => onEmpty === undefined || lasting.isDraining();
  const sessions = startWhile(isCurrent, limitToAccounts(lasting.sessions, config));
  const routes = lanes.map(({ route }) => route);
  const laneOf = new Map(lanes.map((lane) => [lane.route, lane]));
  let mounts: { base: string; found: Mounts } | undefined;
  const findMount = (target: string) => {
    const base = hostMount.base();
    if (mounts?.base !== base) mounts = { base, found: createMounts(routes, base) };
    return mounts.found.find(target);
  };
  const gatePrefix = (): string => `${hostMount.base()}/_gate`;
  const { hosts } = config.embed;
  const logins = composeLogins(config);
  const oidc = composeOidc(config, { logins, state, clock, log });
  const answers = createAnswers({
    config,
    gatePrefix,
    hasLoginPage: config.signIn.users !== undefined || oidc !== undefined,
    logoutOrigins: oidc?.logoutOrigins,
  });
  const clientAddress = createClientAddress(config.trustedProxies, (peer) => {
    log.warn('proxy.not-trusted', { peer, hint: UNTRUSTED_PROXY_HINT });
  });
  const storage = readAssets().get('/storage.js');
  if (storage === undefined) throw new Error('public/storage.js is missing from the package');
  const identification = composeIdentification({
    config,
    identify: lasting.identify,
    logins,
    clientAddress,
    state,
    clock,
    log,
    live,
  });
  let underWay = 0;
  let onEmpty: (() => void) | undefined;
  const parts: GateParts = {
    config,
    revision: nameRevision(config),
    clock,
    log,
    audit: lasting.audit,
    denials: lasting.denials,
    meters: lasting.meters,
    guardPolicy: createGuardPolicy(config, routes, findMount),
    clientAddress,
    pseudonym: pseudonymOf(config.publicUrl.origin),
    sessions,
    live,
    requests: lasting.requests,
    answers,
    embed: {
      frameAncestors: frameAncestors(hosts),
      crossOriginIsolated: config.embed.crossOriginIsolated,
      hosts,
      withoutFrameAncestors,
      cors: (origin) => corsHeaders(origin, hosts),
    },
    corsHeaders: [...new Set(routes.flatMap((route) => route.preset.corsHeaders))],
    documentRewrite: config.embed.storageStandIn
      ? createDocumentRewrite({ path: () => `${gatePrefix()}/storage.js?v=${storage.version}`, integrity: storage.integrity }, log)
      : undefined,
    engineFor(mounted) {
      const lane = laneOf.get(mounted.route);
      if (lane === undefined) throw new Error(`no engine for upstream ${mounted.route.upstream.name}`);
      lane.version?.noteUse();
      return lane.carrier.engineFor(mounted);
    },
    answerRewrite: ({ route }, headers) => (route.upstream.compressJson ? jsonCompressionFor(headers) : undefined),
    findMount,
    isDraining: lasting.isDraining,
    isRetired: () => onEmpty !== undefined,
    gatePrefix,
    assertMounted: hostMount.assertReachedBy,
    isHosted: hostMount.isHosted,
    signedIdentities: composeSignedIdentities(routes, clock),
    identifyRequest: identification.identifyRequest,
  };
  const road = createHttpRoad(parts, composeOwnRoutes(parts, { state, logins, oidc }));

  return {
    config,
    lanes,
    parts,
    road,
    findMount,
    enter() {
      underWay += 1;
    },
    leave() {
      underWay -= 1;
      if (underWay === 0) onEmpty?.();
    },
    retire(then) {
      onEmpty = then;
      identification.close();
      if (underWay === 0) then();
    },
  };
}
