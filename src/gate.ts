// The composition root: puts the rooms together. Nothing is decided here; the road itself is in road/.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import express from 'express';
import { jsonCompressionFor } from './cache/json-compression.ts';
import { composeIdentification } from './compose/identification.ts';
import { composeLogins } from './compose/logins.ts';
import { composeOidc } from './compose/oidc.ts';
import { composeOwnRoutes } from './compose/own-routes.ts';
import { connectSessions } from './compose/revocation.ts';
import { composeSignedIdentities } from './compose/signed-identities.ts';
import type { Config } from './config/config.ts';
import { ConfigError } from './config/error.ts';
import { checkConfig } from './config/load.ts';
import { formatProblem } from './config/problem.ts';
import type { ConfigInput } from './config/schema.ts';
import { corsHeaders } from './embed/cors.ts';
import { createDocumentRewrite } from './embed/document-rewrite.ts';
import { frameAncestors, withoutFrameAncestors } from './embed/frame-ancestors.ts';
import { createAnswers } from './http/answers.ts';
import { readAssets } from './http/assets.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import type { Identity, SignInMethod } from './kernel/identity.ts';
import type { Log } from './kernel/log.ts';
import { createLog } from './observe/log.ts';
import { classify, queryOf } from './policy/classify.ts';
import { decide } from './policy/decide.ts';
import type { Decision } from './policy/decision.ts';
import { isRefusal } from './policy/request.ts';
import { createEngine } from './proxy/engines/create-engine.ts';
import { createClientAddress } from './proxy/forwarded.ts';
import { createGuardPolicy } from './proxy/guard-policy.ts';
import { GOING_AWAY, LiveConnections } from './proxy/live-connections.ts';
import { createMounts, type Mounts } from './proxy/mounts.ts';
import { createRoute, pseudonymOf } from './proxy/route.ts';
import { createCarriers } from './road/carriers.ts';
import { createHostMount } from './road/host-mount.ts';
import { createHttpRoad, isOwnPath } from './road/http.ts';
import type { GateParts } from './road/parts.ts';
import { createUpgradeRoad } from './road/upgrade.ts';
import { createSessions } from './session/create-sessions.ts';
import type { RevocationTarget } from './session/session.ts';
import { createStateStore } from './state/create-state-store.ts';

/** What a host application's `identify` may return; null or undefined: nobody is signed in. */
export interface HostIdentity {
  /** Becomes X-WEBAUTH-USER: 1 to 255 of `A-Z a-z 0-9 . _ @ + | : / = ~ -`. */
  readonly login: string;
  readonly email?: string;
  /** Any text. */
  readonly displayName?: string;
  readonly groups?: readonly string[];
  /** Default `host`. */
  readonly issuer?: string;
  /** Default: the login. */
  readonly subject?: string;
}

export interface GateOptions {
  /**
   * The host application's own answer to "who is asking". Called for every dashboard request and for upgrades, where
   * no Express middleware has run; must read what it needs from the request itself. An exception is answered 500.
   */
  readonly identify?: (req: IncomingMessage) => HostIdentity | null | undefined | Promise<HostIdentity | null | undefined>;
  /** Default: JSON lines on standard output at `log.level`. */
  readonly log?: Log;
  /** Default: the system's. */
  readonly clock?: Clock;
  /**
   * Path under which the middleware is mounted. Needed only where it is mounted in an `express.Router`; a mount by
   * `app.use('/dash', gate.middleware)` is noticed.
   */
  readonly mountPath?: string;
}

const SHARED_ORIGIN_HINT =
  "the dashboards' scripts run with the rights of every page of this origin, the host application's included. Better: a host name of its own for the gate (publicUrl)";

const UNTRUSTED_PROXY_HINT =
  'this peer sent X-Forwarded-For, which is ignored; if it is the proxy in front, add its address to trustedProxies, else all viewers share one address for limits';

export interface DecideQuery {
  readonly identity: Identity;
  readonly method: string;
  /** Path as browsers see it, with its query. */
  readonly path: string;
  /** The client's address. Default: not known, so that rules with `when.networks` grant nothing. */
  readonly address?: string;
  /** Default: not known, likewise. */
  readonly signInMethod?: SignInMethod;
}

/** For Express 5 and 4, or as the request listener of a server of its own. */
export type GateMiddleware = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void) => void;

export interface Gate {
  /** Express middleware: `app.use(gate.middleware)` or `app.use('/dash', gate.middleware)`; before any body parser. */
  readonly middleware: GateMiddleware;
  /** `server.on('upgrade', gate.upgrade)`. Leaves paths that are not its own to other listeners. */
  readonly upgrade: (req: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** The decision for a person, a method and a path, by the same code as for a request; undefined: no such upstream. */
  decide(query: DecideQuery): Decision | undefined;
  /**
   * Ends every session that matches and began before now, and closes its live connections: at once here, within 2 s on
   * every instance that shares the store. A person whom `identify` names has no session here, only connections. A host
   * application's log-out calls it. All that is given has to match; nothing given matches nobody.
   * @returns how many sessions, and connections of people whom `identify` names, ended here at once.
   * @throws {FramegateError} FRAMEGATE_STORE_UNAVAILABLE: it holds here, and elsewhere once the store is back.
   */
  revoke(which: RevocationTarget): Promise<number>;
  /** Closes live connections and frees timers and sockets. */
  close(): Promise<void>;
}

/**
 * A gate from a configuration: the path of a file, or an object in the file's shape.
 * @throws {ConfigError} with every problem at once.
 */
export async function createGate(source: string | ConfigInput, options: GateOptions = {}): Promise<Gate> {
  const { config, problems, warnings } = checkConfig(source);
  if (config === undefined) throw new ConfigError(problems);
  const log = options.log ?? createLog(config.log.level);
  // The library opens no listener, so what `check` has to say about listeners does not concern it.
  const concerning = warnings.filter(({ path }) => !/^(?:listen|admin)\b/.test(path));
  for (const warning of concerning) log.warn('config.warned', { path: warning.path, hint: formatProblem(warning) });
  return composeGate(config, { ...options, log });
}

export interface ComposedGate extends Gate {
  /** For a server that belongs to the gate alone: the same road, past Express where it is not needed. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** Each upstream by name: whether it is known to be reachable, or not known not to be. */
  upstreamStates(): ReadonlyMap<string, 'up' | 'down'>;
  /** From now on every answer tells its client to close the connection. */
  drain(): void;
}

/** The same from a configuration that is already loaded. */
export function composeGate(config: Config, options: GateOptions = {}): ComposedGate {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? createLog(config.log.level);
  const routes = config.upstreams.map((upstream) => createRoute(config, upstream));
  const engines = new Map(routes.map((route) => [route, createEngine(route.upstream, { clock, log })]));
  const carriers = createCarriers(engines, clock);
  const state = createStateStore(config, { clock, log });
  const sessions = createSessions({ config, state, clientAddress: (req) => clientAddress(req), clock, log });
  const live = new LiveConnections();
  const revoke = connectSessions(sessions, live);

  const middleware = express();
  const hostMount = createHostMount({
    middleware,
    mountPath: options.mountPath,
    onShared: (mount) => log.warn('gate.shares-origin', { mount, origin: config.publicUrl.origin, hint: SHARED_ORIGIN_HINT }),
  });
  let mounts: { base: string; found: Mounts } | undefined;
  const findMount = (target: string) => {
    const base = hostMount.base();
    if (mounts?.base !== base) mounts = { base, found: createMounts(routes, base) };
    return mounts.found.find(target);
  };
  const gatePrefix = (): string => `${hostMount.base()}/_gate`;

  let draining = false;
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
    identify: options.identify,
    logins,
    clientAddress,
    state,
    clock,
    log,
    live,
  });
  const parts: GateParts = {
    config,
    clock,
    log,
    guardPolicy: createGuardPolicy(config, routes, findMount),
    clientAddress,
    pseudonym: pseudonymOf(config.publicUrl.origin),
    sessions,
    live,
    answers,
    embed: { frameAncestors: frameAncestors(hosts), hosts, withoutFrameAncestors, cors: (origin) => corsHeaders(origin, hosts) },
    corsHeaders: [...new Set(routes.flatMap((route) => route.preset.corsHeaders))],
    documentRewrite: config.embed.storageStandIn
      ? createDocumentRewrite({ path: () => `${gatePrefix()}/storage.js?v=${storage.version}`, integrity: storage.integrity }, log)
      : undefined,
    engineFor: carriers.engineFor,
    answerRewrite: ({ route }, headers) => (route.upstream.compressJson ? jsonCompressionFor(headers) : undefined),
    findMount,
    isDraining: () => draining,
    gatePrefix,
    assertMounted: hostMount.assertReachedBy,
    isHosted: hostMount.isHosted,
    signedIdentities: composeSignedIdentities(routes, clock),
    identifyRequest: identification.identifyRequest,
  };

  const ownRoutes = composeOwnRoutes(parts, { state, logins, oidc });
  middleware.disable('x-powered-by');
  middleware.disable('etag');
  const road = createHttpRoad(parts, ownRoutes);
  middleware.use(road as express.RequestHandler);

  return {
    middleware,
    drain() {
      draining = true;
    },
    handle(req, res) {
      if (draining) res.setHeader('Connection', 'close');
      // Own routes are Express's; a dashboard's requests are spared its router, which costs as much as the forwarding.
      if (isOwnPath(req.url ?? '', gatePrefix())) middleware(req, res);
      else void road(req, res, () => res.destroy());
    },
    upgrade: createUpgradeRoad(parts),
    upstreamStates: () => new Map([...engines].map(([{ upstream }, engine]) => [upstream.name, engine.isUp() ? 'up' : 'down'])),
    decide({ identity, method, path, address, signInMethod }) {
      const mounted = findMount(path);
      if (mounted === undefined) return undefined;
      const { preset, upstream } = mounted.route;
      const verdict = classify(preset, { method, path: mounted.path, query: queryOf(path), header: () => undefined });
      if (isRefusal(verdict)) return { kind: 'deny', reasons: ['refused-for-everybody'], final: true };
      const { builtInAdmins } = preset;
      const asker = {
        identity,
        method: signInMethod,
        address,
        nowMs: clock.now(),
        upstream: upstream.name,
        builtInAdmins,
        rules: config.rules,
      };
      return decide(asker, verdict);
    },
    revoke,
    async close() {
      live.closeEndless(GOING_AWAY);
      identification.close();
      sessions.close();
      await state.close();
      carriers.close();
      for (const engine of engines.values()) engine.close();
    },
  };
}
