import { randomBytes } from 'node:crypto';
import { Secret } from '../kernel/secret.ts';
import type { Config } from './config.ts';
import { MAX_LIFETIME, MAX_TIMEOUT, resolveDuration } from './milliseconds.ts';
import { showValue } from './problem.ts';
import { resolveLiteralSecret, resolveSecretFile, type SecretContext } from './resolve-secret.ts';
import { resolveStore } from './resolve-store.ts';
import type { ParsedConfig } from './schema.ts';
import { MIN_SECRET_BYTES } from './weak-secret.ts';

type ParsedSession = ParsedConfig['session'];

export function resolveSession(parsed: ParsedSession, context: SecretContext): Config['session'] {
  const lifetime = (text: string, key: string): number => resolveDuration(text, `session.${key}`, MAX_LIFETIME, context.findings);
  const session = {
    secrets: resolveSecrets(parsed, context),
    store: resolveStore(parsed, context),
    outageWindowMs: lifetime(parsed.outageWindow, 'outageWindow'),
    idleTimeoutMs: lifetime(parsed.idleTimeout, 'idleTimeout'),
    ticketIdleTimeoutMs: parsed.ticketIdleTimeout === undefined ? undefined : lifetime(parsed.ticketIdleTimeout, 'ticketIdleTimeout'),
    absoluteTimeoutMs: lifetime(parsed.absoluteTimeout, 'absoluteTimeout'),
    maxSessions: parsed.maxSessions,
    maxPerUser: parsed.maxPerUser,
    maxSockets: parsed.maxSockets,
    maxSocketAgeMs:
      parsed.maxSocketAge === undefined
        ? undefined
        : resolveDuration(parsed.maxSocketAge, 'session.maxSocketAge', MAX_TIMEOUT, context.findings),
  };
  if (session.store.kind !== 'memory' && parsed.secret === undefined && parsed.secretFile === undefined) {
    context.findings.warnings.push({
      path: 'session.secretFile',
      what: 'is absent, so no other instance, nor this one after a restart, can read the sessions in session.store',
      wayOut: 'Make one with `framegate keygen --secret --out FILE` and give it to every instance',
    });
  }
  if (session.idleTimeoutMs > session.absoluteTimeoutMs) {
    context.findings.warnings.push({
      path: 'session.idleTimeout',
      what: 'is longer than session.absoluteTimeout, so it never acts',
      value: showValue(parsed.idleTimeout),
      wayOut: 'Shorten it',
    });
  }
  return session;
}

/** The first signs, all verify. None configured: a random one, which ends with this process. */
function resolveSecrets(parsed: ParsedSession, context: SecretContext): readonly Secret[] {
  const { secret, secretFile } = parsed;
  if (secret !== undefined && secretFile !== undefined) {
    context.findings.problems.push({ path: 'session.secretFile', what: 'stands beside session.secret', wayOut: 'Keep one of the two' });
    return [];
  }
  const secrets = [
    ...withPaths(secret, 'session.secret').map(([text, path]) => resolveLiteralSecret(text, path, context)),
    ...withPaths(secretFile, 'session.secretFile').map(([file, path]) => resolveSecretFile(file, path, context)),
  ];
  if (secrets.length > 0) return secrets.filter((resolved) => resolved !== undefined);
  const random = new Secret(randomBytes(MIN_SECRET_BYTES));
  randomSecrets.add(random);
  return [random];
}

/** Those that nobody configured. */
const randomSecrets = new WeakSet<Secret>();

/** A later configuration with the random secret of the one before it, if neither names one: a reload signs nobody out. */
export function keepRandomSecret(before: Config, after: Config): Config {
  const isRandom = ({ session }: Config): boolean => session.secrets.every((secret) => randomSecrets.has(secret));
  return isRandom(before) && isRandom(after) ? { ...after, session: { ...after.session, secrets: before.session.secrets } } : after;
}

function withPaths(value: string | readonly string[] | undefined, path: string): [string, string][] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [[value, path]] : value.map((item, index) => [item, `${path}[${index}]`]);
}
