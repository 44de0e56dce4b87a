// Sign-in by a header that a proxy in front sets. Who may say it is decided by the connection alone: the socket's address,
// never X-Forwarded-For. From anybody else the header counts for nothing, and it is removed from what goes upstream.

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import type { HeaderSignInConfig } from '../config/config.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Identity } from '../kernel/identity.ts';
import { parseLogin } from '../kernel/login.ts';
import { Secret } from '../kernel/secret.ts';
import { readDisplayName, readEmail, readGroups } from './attributes.ts';
import type { LoginPolicy } from './login-policy.ts';

/** The values of the headers, as the proxy sent them. */
interface HeaderValues {
  readonly user: string;
  readonly email: string | undefined;
  readonly displayName: string | undefined;
  readonly groups: string | undefined;
}

/**
 * The identity that the proxy in front vouches for; undefined: it names nobody, or the request is not from it.
 * The same values give the same object, so that what is made from it is made once.
 * @throws {FramegateError} FRAMEGATE_BAD_REQUEST (a header twice, a value that cannot be read),
 *   FRAMEGATE_IDENTITY_REFUSED (the shared secret is missing or wrong; the login is somebody else's).
 */
export type ReadHeaderIdentity = (req: IncomingMessage) => Identity | undefined;

/** People remembered; all are forgotten when there are more. */
const MAX_REMEMBERED = 10_000;

export function createHeaderIdentity(config: HeaderSignInConfig, admit: LoginPolicy['admit']): ReadHeaderIdentity {
  const { headers, proof } = config;
  const isTrusted = createPeerTrust(config.trustedPeers);
  const watched = new Set([...Object.values(headers), proof?.header].filter((name) => name !== undefined));
  const remembered = new Map<string, Identity>();

  return function readHeaderIdentity(req) {
    if (req.headers[headers.user] === undefined || !isTrusted(req.socket)) return undefined;
    assertOnce(req.rawHeaders, watched);
    const sent = proof === undefined ? undefined : textOf(req, proof.header);
    if (proof !== undefined && !(sent !== undefined && proof.secret.equals(new Secret(Buffer.from(sent, 'latin1')))))
      throw new FramegateError('FRAMEGATE_IDENTITY_REFUSED', { reason: 'proxy-secret' });
    const user = textOf(req, headers.user) ?? '';
    if (user === '') return undefined;
    const read = (name: string | undefined): string | undefined => (name === undefined ? undefined : textOf(req, name));
    const values = { user, email: read(headers.email), displayName: read(headers.displayName), groups: read(headers.groups) };
    const key = JSON.stringify(Object.values(values));
    const known = remembered.get(key);
    if (known !== undefined) return known;
    const identity = admitted(readIdentity(values, config), admit);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(key, identity);
    return identity;
  };
}

function readIdentity(values: HeaderValues, { issuer, loginPrefix, groupsSeparator }: HeaderSignInConfig): Identity {
  const subject = parseLogin(values.user);
  const login = subject === undefined ? undefined : parseLogin(loginPrefix + subject);
  if (subject === undefined || login === undefined) throw malformed('header-user');
  const names = decodeText(values.groups ?? '')
    .split(groupsSeparator)
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const groups = readGroups(names);
  if (groups === undefined) throw malformed('header-groups');
  const email = readEmail(values.email);
  const displayName = readDisplayName(decodeText(values.displayName ?? ''));
  return {
    issuer,
    subject,
    login,
    ...(email === undefined ? {} : { email, emailVerified: true }),
    ...(displayName === undefined ? {} : { displayName }),
    groups,
  };
}

function admitted(identity: Identity, admit: LoginPolicy['admit']): Identity {
  const verdict = admit(identity);
  if (typeof verdict === 'string') throw new FramegateError('FRAMEGATE_IDENTITY_REFUSED', { reason: verdict });
  return verdict;
}

/** A second line could be the client's, let through by the proxy; which of the two counts is not ours to guess (SEC-H1). */
function assertOnce(rawHeaders: readonly string[], names: ReadonlySet<string>): void {
  const seen = new Set<string>();
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? '').toLowerCase();
    if (!names.has(name)) continue;
    if (seen.has(name)) throw malformed('header-repeated');
    seen.add(name);
  }
}

function malformed(reason: string): FramegateError {
  return new FramegateError('FRAMEGATE_BAD_REQUEST', { reason });
}

function textOf(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/** Header values come as bytes; Node gives each as one character. UTF-8 where they are that, else Latin-1. */
function decodeText(value: string): string {
  try {
    return strictUtf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}

/** Whether a connection is the proxy's own. An IPv4 address counts in its IPv6 form too (SEC-H9); a Unix socket has none. */
function createPeerTrust(addresses: readonly string[]): (socket: Socket) => boolean {
  const peers = new BlockList();
  for (const address of addresses) peers.addAddress(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
  // A connection's address does not change, and is asked for by every request on it.
  const judged = new WeakMap<Socket, boolean>();
  return function isTrusted(socket) {
    const known = judged.get(socket);
    if (known !== undefined) return known;
    const address = socket.remoteAddress ?? '';
    const family = isIP(address);
    const verdict = family !== 0 && !address.includes('%') && peers.check(address, family === 6 ? 'ipv6' : 'ipv4');
    judged.set(socket, verdict);
    return verdict;
  };
}
