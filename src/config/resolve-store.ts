// `session.store`: what it names, and what is wrong with it. The value may hold a password and is never shown.

import { resolve } from 'node:path';
import { isLoopbackHostname } from '../kernel/origin.ts';
import { Secret } from '../kernel/secret.ts';
import type { StoreConfig } from './config.ts';
import { readNamedFile } from './file-text.ts';
import { showValue } from './problem.ts';
import { readSecretBytes, type SecretContext } from './resolve-secret.ts';
import type { ParsedConfig } from './schema.ts';
import { findSqliteObstacle } from './sqlite-file.ts';

type ParsedStore = Pick<ParsedConfig['session'], 'store' | 'storePassword' | 'storePasswordFile' | 'storeCaFile' | 'storePrefix'>;

const PATH = 'session.store';
const FORMS = 'Write memory, sqlite:FILE, redis://HOST:PORT or rediss://HOST:PORT';
const REDIS_PORT = 6379;

/** What is in force only where no problem was found. */
export function resolveStore(parsed: ParsedStore, context: SecretContext): StoreConfig {
  const { store } = parsed;
  if (/^rediss?:\/\//.test(store)) return resolveRedis(parsed, context) ?? { kind: 'memory' };
  for (const key of ['storePassword', 'storePasswordFile', 'storeCaFile'] as const) {
    if (parsed[key] === undefined) continue;
    context.findings.problems.push({ path: `session.${key}`, what: 'is for Redis, which session.store does not name', wayOut: FORMS });
  }
  if (store === 'memory') return { kind: 'memory' };
  if (store.startsWith('sqlite:') && store !== 'sqlite:') return resolveSqlite(store.slice('sqlite:'.length), context);
  context.findings.problems.push({ path: PATH, what: 'names no store', wayOut: FORMS });
  return { kind: 'memory' };
}

function resolveSqlite(file: string, { folder, findings }: SecretContext): StoreConfig {
  const full = resolve(folder, file);
  const obstacle = findSqliteObstacle(full);
  if (obstacle !== undefined) findings.problems.push({ path: PATH, value: showValue(full), ...obstacle });
  return { kind: 'sqlite', file: full };
}

function resolveRedis(parsed: ParsedStore, context: SecretContext): StoreConfig | undefined {
  const { problems, warnings } = context.findings;
  const url = parseRedisUrl(parsed.store);
  if (url === undefined) {
    problems.push({ path: PATH, what: 'is not a Redis URL', wayOut: 'Write for example rediss://redis.example.com:6379/0' });
    return undefined;
  }
  const { host, port, tls, username, database } = url;
  const password = resolvePassword(parsed, url.password, context);
  const ca = parsed.storeCaFile === undefined ? undefined : resolveCa(parsed.storeCaFile, tls, context);
  const isLocal = isLoopbackHostname(host);
  if (!tls && !isLocal) {
    warnings.push({
      path: PATH,
      what: 'sends sessions over the network in clear',
      wayOut: 'Write rediss:// and give Redis a certificate, unless the network between is yours alone',
    });
  }
  if (password === undefined && !isLocal) {
    warnings.push({
      path: PATH,
      what: 'names a Redis without a password: whoever reaches it can be anybody',
      wayOut: 'Set a password in Redis and give it in session.storePasswordFile',
    });
  }
  return { kind: 'redis', host, port, tls, ca, username, password, database, prefix: parsed.storePrefix };
}

interface RedisUrl {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
}

function parseRedisUrl(text: string): RedisUrl | undefined {
  const url = /[\s\\]/.test(text) ? null : URL.parse(text);
  const database = /^\/?(\d{0,5})$/.exec(url?.pathname ?? '');
  if (url === null || url.hostname === '' || url.search !== '' || url.hash !== '' || database === null) return undefined;
  try {
    return {
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? REDIS_PORT : Number(url.port),
      tls: url.protocol === 'rediss:',
      username: url.username === '' ? undefined : decodeURIComponent(url.username),
      password: url.password === '' ? undefined : decodeURIComponent(url.password),
      database: Number(database[1]),
    };
  } catch {
    return undefined; // a "%" that begins no escape
  }
}

/** Of any strength: whoever runs Redis has chosen it. */
function resolvePassword(parsed: ParsedStore, inUrl: string | undefined, context: SecretContext): Secret | undefined {
  const { storePassword, storePasswordFile } = parsed;
  const given = [
    [PATH, inUrl],
    ['session.storePassword', storePassword],
    ['session.storePasswordFile', storePasswordFile],
  ].filter(([, value]) => value !== undefined);
  if (given.length > 1) {
    const [first, second] = given.map(([path]) => path);
    context.findings.problems.push({
      path: second ?? PATH,
      what: `gives the password that ${first} gives, too`,
      wayOut: 'Keep one of the two, best in a file',
    });
    return undefined;
  }
  if (storePasswordFile !== undefined) {
    const bytes = readSecretBytes(storePasswordFile, 'session.storePasswordFile', context);
    if (bytes?.length === 0) {
      context.findings.problems.push({
        path: 'session.storePasswordFile',
        what: 'names an empty file',
        wayOut: 'Write the password into it',
      });
    }
    return bytes && new Secret(bytes);
  }
  const literal = inUrl ?? storePassword;
  if (literal === undefined) return undefined;
  const path = inUrl === undefined ? 'session.storePassword' : PATH;
  if (context.isInFile(path)) {
    context.findings.warnings.push({
      path,
      what: 'holds a password in the configuration file',
      wayOut: 'Put it in a file of its own (session.storePasswordFile) or in the environment',
    });
  }
  return new Secret(literal);
}

function resolveCa(file: string, tls: boolean, { folder, findings }: SecretContext): string | undefined {
  const path = 'session.storeCaFile';
  if (!tls) {
    findings.problems.push({ path, what: 'is for a rediss:// server', wayOut: 'Write rediss:// in session.store, or remove this line' });
    return undefined;
  }
  const content = readNamedFile(file, folder, path, findings);
  if (content === undefined) return undefined;
  const text = content.bytes.toString('latin1');
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  findings.problems.push({
    path,
    what: 'holds no certificate',
    wayOut: 'Write certificates as PEM, beginning with -----BEGIN CERTIFICATE-----',
  });
  return undefined;
}
