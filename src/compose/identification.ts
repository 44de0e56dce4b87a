// Who is asking, where the request itself says so: by the word of the host application, of the proxy in front, or by an API
// key, in this order. Each is asked on every request, so it is as a session that the browser holds nothing of.

import type { IncomingMessage } from 'node:http';
import { readApiKeysAgain } from '../config/api-keys-file.ts';
import type { Config } from '../config/config.ts';
import { createFindings, formatProblem } from '../config/problem.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { type Identity, identityKey } from '../kernel/identity.ts';
import type { Log } from '../kernel/log.ts';
import type { StateStore } from '../kernel/state-store.ts';
import { type LiveConnections, POLICY_VIOLATION } from '../proxy/live-connections.ts';
import type { GateParts } from '../road/parts.ts';
import type { ActiveSession } from '../session/session.ts';
import { type ApiKeys, createApiKeys, type VerifiedApiKey } from '../sign-in/api-keys.ts';
import { createAttemptLimit } from '../sign-in/attempt-limit.ts';
import { createHeaderIdentity } from '../sign-in/header.ts';
import { readHostIdentity } from '../sign-in/host.ts';
import type { LoginPolicy } from '../sign-in/login-policy.ts';

const SHARED_LOGINS_HINT =
  'one login of both is one person: let identify return the issuer of the tickets, if they are the same application, else give those tickets a loginPrefix';

export interface IdentificationOptions {
  readonly config: Config;
  /** What a host application gives as `identify`; its answer is judged by `readHostIdentity`. */
  readonly identify: ((req: IncomingMessage) => unknown) | undefined;
  readonly logins: LoginPolicy;
  readonly clientAddress: (req: IncomingMessage) => string;
  readonly state: StateStore;
  readonly clock: Clock;
  readonly log: Log;
  /** The connections of a key end with it. */
  readonly live: LiveConnections;
}

export interface Identification {
  readonly identifyRequest: GateParts['identifyRequest'];
  close(): void;
}

export function composeIdentification(options: IdentificationOptions): Identification {
  const { config, identify, clock } = options;
  const { header } = config.signIn;
  const readHeader = header === undefined ? undefined : createHeaderIdentity(header, options.logins.admit);
  const keys = composeApiKeys(options);
  const sessionOfPerson = rememberSessions((identity: Identity) => newSession('header', identity, identityKey(identity), clock));
  const sessionOfKey = rememberSessions((key: VerifiedApiKey) => ({
    ...newSession('api-key', key.identity, key.id, clock),
    ...(key.expiresAtMs === undefined ? {} : { endsAtMs: key.expiresAtMs }),
    ...(key.narrowing === undefined ? {} : { narrowing: key.narrowing }),
  }));

  let isNoted = false;

  function identifyByKey(req: IncomingMessage): ActiveSession | undefined | Promise<undefined> {
    let key: VerifiedApiKey | undefined;
    try {
      key = keys?.read(req);
    } catch (error) {
      if (!(error instanceof FramegateError) || keys === undefined) throw error;
      return keys.countRefusal(options.clientAddress(req)).then(() => Promise.reject(error));
    }
    return key && sessionOfKey(key);
  }

  function identifyByRequest(req: IncomingMessage): ActiveSession | undefined | Promise<undefined> {
    const person = readHeader?.(req);
    return person === undefined ? identifyByKey(req) : sessionOfPerson(person);
  }

  async function identifyByHost(req: IncomingMessage): Promise<ActiveSession | undefined> {
    const named = readHostIdentity(await identify?.(req));
    if (named === undefined) return identifyByRequest(req);
    const identity = options.logins.settleLogin(named);
    if (typeof identity === 'string') throw new FramegateError('FRAMEGATE_IDENTITY_REFUSED', { reason: identity });
    noteSharedLogins(identity.issuer);
    return newSession('host', identity, identityKey(identity), clock);
  }

  /** Tickets without a prefix are the host application's own word; whoever else signs them could name its people. */
  function noteSharedLogins(issuer: string): void {
    const other = isNoted ? undefined : config.signIn.tickets.find(({ loginPrefix }) => loginPrefix === '');
    isNoted = true;
    if (other === undefined || other.issuer === issuer) return;
    options.log.warn('gate.logins-shared', { issuer, other: other.issuer, hint: SHARED_LOGINS_HINT });
  }

  const asked = readHeader !== undefined || keys !== undefined ? identifyByRequest : undefined;
  return {
    identifyRequest: identify === undefined ? asked : identifyByHost,
    close: () => keys?.close(),
  };
}

function composeApiKeys({ config, logins, state, clock, log, live }: IdentificationOptions): ApiKeys | undefined {
  const file = config.signIn.apiKeys;
  if (file === undefined) return undefined;
  return createApiKeys({
    file,
    reload() {
      const findings = createFindings();
      const again = readApiKeysAgain(file, config, findings);
      if (again !== undefined && findings.problems.length === 0) return again.keys;
      log.error('api-keys.kept', {
        reason: 'the keys file has problems; those from before hold',
        problems: findings.problems.map(formatProblem),
      });
      return undefined;
    },
    admit: logins.admit,
    refusals: createAttemptLimit({ state, clock, name: 'refused-keys', rate: config.limits.ticketsPerAddress }),
    clock,
    log,
    onEnd: (id) => live.closeSession(sessionKey('api-key', id), POLICY_VIOLATION),
  });
}

const sessionKey = (method: ActiveSession['method'], name: string): string => `${method} ${name}`;

/** No end of its own: whoever vouches says each time whether it still does. */
function newSession(method: ActiveSession['method'], identity: Identity, name: string, clock: Clock): ActiveSession {
  return {
    key: sessionKey(method, name),
    identity,
    method,
    startedAtMs: clock.now(),
    endsAtMs: Number.POSITIVE_INFINITY,
    idleTimeoutMs: undefined,
  };
}

/** One session for as long as its source gives the same object. */
function rememberSessions<Source extends object>(create: (source: Source) => ActiveSession): (source: Source) => ActiveSession {
  const sessions = new WeakMap<Source, ActiveSession>();
  return function sessionOf(source) {
    const known = sessions.get(source) ?? create(source);
    sessions.set(source, known);
    return known;
  };
}
