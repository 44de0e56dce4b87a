// The composition root: puts the rooms together. Nothing is decided here; the road itself is in road/.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import express from 'express';
import { createAuditTrail, withAudit } from './compose/audit.ts';
import { withCounts } from './compose/count-events.ts';
import { createGeneration, type Generation, type Lasting } from './compose/generation.ts';
import { watchHours } from './compose/hours-watch.ts';
import { type DecideQuery, judgeQuery } from './compose/judge-query.ts';
import { createLanes } from './compose/lanes.ts';
import { createMetrics } from './compose/metrics.ts';
import { closeAffected, listRevocations } from './compose/rejudge.ts';
import { nameKept } from './compose/reloader.ts';
import { connectSessions } from './compose/revocation.ts';
import { answerInNextSecond } from './compose/revocation-answer.ts';
import { createUsersWatch } from './compose/users-watch.ts';
import type { VersionInForce } from './compose/version-watch.ts';
import { type ConfigChanges, compareConfigs, findRestartNeeds, nameChanges } from './config/changes.ts';
import type { Config } from './config/config.ts';
import { ConfigError } from './config/error.ts';
import { checkConfig, loadConfig } from './config/load.ts';
import { formatProblem } from './config/problem.ts';
import { keepRandomSecret } from './config/resolve-session.ts';
import type { ConfigInput } from './config/schema.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import type { Log } from './kernel/log.ts';
import { createDenials, type Denial } from './observe/denials.ts';
import { createLog } from './observe/log.ts';
import { Meters } from './observe/meters.ts';
import type { Decision } from './policy/decision.ts';
import { GOING_AWAY, LiveConnections } from './proxy/live-connections.ts';
import { createHostMount, SHARED_ORIGIN_HINT } from './road/host-mount.ts';
import { isOwnPath } from './road/http.ts';
import { RequestBuckets } from './road/request-buckets.ts';
import { createUpgradeRoad } from './road/upgrade.ts';
import { createSessions } from './session/create-sessions.ts';
import type { RevocationTarget, SessionSummary } from './session/session.ts';
import type { HostIdentity } from './sign-in/host.ts';
import { createStateStore } from './state/create-state-store.ts';

export interface GateOptions {
  /**
   * The host application's own answer to "who is asking". Called for every dashboard request and for upgrades, where
   * no Express middleware has run; must read what it needs from the request itself. An exception is answered 500.
   */
  readonly identify?: (req: IncomingMessage) => HostIdentity | null | undefined | Promise<HostIdentity | null | undefined>;
  /** Default: JSON lines on standard output at `log.level`. */
  readonly log?: Log;
  /** Takes each line of the audit log where `audit.to` is stdout. Default: standard output; nowhere where `log` is given. */
  readonly audit?: (line: string) => void;
  /** Default: the system's. */
  readonly clock?: Clock;
  /**
   * Path under which the middleware is mounted. Needed only where it is mounted in an `express.Router`; a mount by
   * `app.use('/dash', gate.middleware)` is noticed.
   */
  readonly mountPath?: string;
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
  /**
   * Reads the configuration again, or takes another, and puts it in force: all of it or nothing. Requests in flight end
   * under the one they began under; open WebSockets and streams end where what they were judged by has changed.
   * @param source Default: what the gate was made from.
   * @throws {ConfigError} with every problem, or with the keys that need a new gate; the one from before stays in force.
   */
  reload(source?: string | ConfigInput): Promise<void>;
  /**
   * What the gate has counted, as text in Prometheus' format 0.0.4 (`text/plain; version=0.0.4; charset=utf-8`), for a route
   * of the host application's that its Prometheus alone reaches. Nothing of the process itself, which the host measures.
   */
  metrics(): Promise<string>;
  /** Closes live connections and frees timers and sockets. */
  close(): Promise<void>;
}

/**
 * A gate from a configuration: the path of a file, or an object in the file's shape.
 * @throws {ConfigError} with every problem at once.
 */
export async function createGate(source: string | ConfigInput, options: GateOptions = {}): Promise<Gate> {
  const hasIdentify = options.identify !== undefined;
  const { config, problems, warnings } = checkConfig(source, { hasIdentify });
  if (config === undefined) throw new ConfigError(problems);
  const log = options.log ?? createLog(config.log.level);
  // The library opens no listener, so what `check` has to say about listeners does not concern it.
  const concerning = warnings.filter(({ path }) => !/^(?:listen|admin)\b/.test(path));
  for (const warning of concerning) log.warn('config.warned', { path: warning.path, hint: formatProblem(warning) });
  // A host that takes the log in hand keeps its standard output to itself.
  const { audit = options.log === undefined ? undefined : () => {} } = options;
  const gate = composeGate(config, { ...options, log, ...(audit === undefined ? {} : { audit }) });
  async function reload(again: string | ConfigInput = source): Promise<void> {
    try {
      await gate.apply(loadConfig(again, { hasIdentify }));
    } catch (error) {
      gate.noteKept(nameKept(error));
      throw error;
    }
  }
  return { ...gate, reload };
}

export interface ComposedGate extends Omit<Gate, 'reload'> {
  /** For a server that belongs to the gate alone: the same road, past Express where it is not needed. */
  handle(req: IncomingMessage, res: ServerResponse): void;
  /** Each upstream by name: whether it is known to be reachable, or not known not to be. */
  readonly upstreamStates: () => ReadonlyMap<string, 'up' | 'down'>;
  /** By what each is judged whose version matters. */
  readonly upstreamVersions: () => ReadonlyMap<string, VersionInForce>;
  /** The store of `session.store`; undefined: the memory of this process. */
  readonly storeState: () => 'up' | 'down' | undefined;
  /** Living sessions of every instance, in no order. */
  readonly listSessions: () => AsyncIterable<SessionSummary>;
  /** The configuration in force. */
  readonly config: () => Config;
  /**
   * Puts another configuration in force, all of it or nothing, after those given before. Requests in flight end under the
   * one they began under.
   * @throws {ConfigError} naming the keys that need a restart; the configuration from before stays in force.
   */
  apply(config: Config): Promise<ConfigChanges>;
  /** The latest denials, the last one first. */
  readonly listDenials: () => readonly Denial[];
  /** A configuration was read that cannot be put in force; for audit log and metrics. */
  noteKept(reason: string): void;
  /** Opens the file of the audit log anew, by its name. */
  reopenAudit(): void;
  /** From now on every answer tells its client to close the connection. */
  drain(): void;
}

/** The same from a configuration that is already loaded. */
export function composeGate(config: Config, options: GateOptions = {}): ComposedGate {
  const clock = options.clock ?? systemClock;
  const ownLog = options.log ?? createLog(config.log.level);
  const trail = createAuditTrail({ clock, log: ownLog, output: options.audit });
  const audit = trail.write;
  const meters = new Meters();
  meters.reloads.lastGoodAtMs = clock.now();
  const denials = createDenials();
  const log = withAudit(withCounts(ownLog, meters), audit);
  const state = createStateStore(config, { clock, log });
  const sessions = createSessions({ config, state, clientAddress: (req) => current.parts.clientAddress(req), clock, log });
  const live = new LiveConnections();
  const revoke = connectSessions(sessions, live, meters);
  sessions.onEnd(({ key, identity, method }, reason) =>
    audit({ event: 'session-end', outcome: 'ok', reason, sessionKey: key, identity, method }),
  );
  const lanes = createLanes({ clock, log, meters });

  const middleware = express();
  const hostMount = createHostMount({
    middleware,
    mountPath: options.mountPath,
    onShared: (mount) => log.warn('gate.shares-origin', { mount, origin: config.publicUrl.origin, hint: SHARED_ORIGIN_HINT }),
  });
  let draining = false;
  const lasting: Lasting = {
    clock,
    log,
    audit,
    denials,
    meters,
    state,
    sessions,
    live,
    requests: new RequestBuckets(),
    hostMount,
    identify: options.identify,
    isDraining: () => draining,
  };
  let current: Generation = createGeneration(config, lanes.open(config, []), lasting);
  trail.follow(config, current.parts.revision);

  /** Along the road of the configuration in force; what is under way when another comes ends under this one. */
  async function travel(req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void): Promise<void> {
    const generation = current;
    generation.enter();
    try {
      await generation.road(req, res, next);
    } finally {
      generation.leave();
    }
  }

  middleware.disable('x-powered-by');
  middleware.disable('etag');
  middleware.use((req, res, next) => void travel(req, res, next));

  let applying: Promise<unknown> = Promise.resolve();
  async function apply(make: (config: Config) => Config): Promise<ConfigChanges> {
    const before = current;
    const next = keepRandomSecret(before.config, make(before.config));
    const obstacles = findRestartNeeds(before.config, next);
    if (obstacles.length > 0) throw new ConfigError(obstacles);
    const changes = compareConfigs(before.config, next);
    if (changes.keys.length === 0) return changes;
    // Nothing is in force before all of it is there.
    const generation = createGeneration(next, lanes.open(next, before.lanes), lasting);
    sessions.reconfigure(next);
    current = generation;
    usersWatch.follow(next);
    trail.follow(next, generation.parts.revision);
    audit({ event: 'reload', outcome: 'ok', reason: changes.keys.join(' ') });
    before.retire(() => lanes.release(before.lanes));
    const rejudgement = { before: before.config, after: next, changes };
    const closed = closeAffected(rejudgement, live);
    const { rules, users, keys } = changes;
    log.info('config.reloaded', {
      revision: generation.parts.revision,
      keys,
      ...nameChanges('rules', rules),
      ...nameChanges('users', users),
      closed,
    });
    for (const which of listRevocations(rejudgement)) {
      // Tickets from before are judged by the configuration that is in force when they come.
      await revoke(which, { vouchedUntilMs: 0 }).catch((error: unknown) =>
        log.error('config.revocation-late', { error, hint: 'it holds here' }),
      );
    }
    return changes;
  }

  function change(make: (config: Config) => Config): Promise<ConfigChanges> {
    const applied = applying.then(() => apply(make));
    applying = applied.catch(() => {});
    return applied;
  }
  const usersWatch = createUsersWatch({ change, log });
  usersWatch.follow(config);
  const unwatchHours = watchHours({ config: () => current.config, clock, live, log });

  return {
    middleware,
    drain() {
      draining = true;
    },
    handle(req, res) {
      if (draining) res.setHeader('Connection', 'close');
      // Own routes are Express's; a dashboard's requests are spared its router, which costs as much as the forwarding.
      if (isOwnPath(req.url ?? '', current.parts.gatePrefix())) middleware(req, res);
      else void travel(req, res, () => res.destroy());
    },
    upgrade: createUpgradeRoad(() => current.parts),
    storeState: () => (config.session.store.kind === 'memory' ? undefined : state.isUp() ? 'up' : 'down'),
    upstreamStates: () => new Map(current.lanes.map(({ route, engine }) => [route.upstream.name, engine.isUp() ? 'up' : 'down'])),
    upstreamVersions: () =>
      new Map(current.lanes.flatMap(({ route, version }) => (version === undefined ? [] : [[route.upstream.name, version.inForce()]]))),
    listSessions: () => sessions.list(),
    listDenials: denials.list,
    metrics: createMetrics({ meters, live, sessions, trail, isStoreUp: () => state.isUp(), current: () => current }),
    noteKept(reason) {
      meters.noteReload(false, clock.now());
      audit({ event: 'reload', outcome: 'fail', reason });
    },
    reopenAudit: trail.reopen,
    config: () => current.config,
    async apply(given) {
      const changes = await change(() => given);
      meters.noteReload(true, clock.now());
      return changes;
    },
    decide(query) {
      const mounted = current.findMount(query.path);
      return mounted && judgeQuery(query, { mounted, rules: current.config.rules, nowMs: clock.now() });
    },
    revoke: answerInNextSecond(revoke, clock, () => current.config.signIn.tickets.length > 0),
    async close() {
      usersWatch.close();
      unwatchHours();
      live.closeEndless(GOING_AWAY);
      current.retire(() => {});
      sessions.close();
      await state.close();
      lanes.close();
      await trail.close();
    },
  };
}
