// Host applications whose tickets are accepted: whom they speak for, and by which keys.

import { isLoopbackHostname } from '../kernel/origin.ts';
import type { PublicUrl, TicketIssuerConfig, TicketKeys } from './config.ts';
import { readNamedFile } from './file-text.ts';
import { type Findings, showValue } from './problem.ts';
import { algorithmsOf, parseKeySet, parsePublicKeyPem } from './public-key.ts';
import { resolveLiteralSecret, resolveSecretFile, type SecretContext } from './resolve-secret.ts';
import type { ParsedConfig } from './schema.ts';
import { isLinkLocal, isPlainHostname, parseWebUrl } from './web-url.ts';

type ParsedIssuer = ParsedConfig['signIn']['tickets'][number];

export interface TicketContext extends SecretContext {
  readonly publicUrl: PublicUrl | undefined;
}

const KEY_SOURCES = ['jwksUrl', 'jwksFile', 'publicKeyFile', 'secret', 'secretFile'] as const;

/** Issuers of identities that are not tickets; a ticket of that name would be their account (SEC-R6). */
const OWN_ISSUERS = ['password', 'host'];

/** HMAC with SHA-2 needs a key as long as its hash, in bytes (RFC 7518 3.2). */
const HMAC_KEY_BYTES = new Map([
  ['HS256', 32],
  ['HS384', 48],
  ['HS512', 64],
]);

/** @param parsed Issuers by their place in the list. */
export function resolveTickets(parsed: ReadonlyMap<number, ParsedIssuer>, context: TicketContext): TicketIssuerConfig[] {
  const seen = new Map<string, number>();
  checkPrefixes(parsed, context.findings);
  return [...parsed].flatMap(([index, issuer]) => {
    const path = `signIn.tickets[${index}]`;
    checkIssuer(issuer.issuer, `${path}.issuer`, seen.get(issuer.issuer), context.findings);
    if (!seen.has(issuer.issuer)) seen.set(issuer.issuer, index);
    const keys = resolveKeys(issuer, path, context);
    const audience = issuer.audience ?? context.publicUrl?.origin;
    if (keys === undefined || audience === undefined) return [];
    return [{ issuer: issuer.issuer, audience, algorithms: [...new Set(issuer.algorithms)], keys, loginPrefix: issuer.loginPrefix ?? '' }];
  });
}

/**
 * What goes upstream is the login, so two issuers that both know a `bob` must not make one person of them (SEC-R6). A
 * prefix that begins another one would: `b` with `ob`, and `bo` with `b`.
 */
function checkPrefixes(parsed: ReadonlyMap<number, ParsedIssuer>, findings: Findings): void {
  const all = [...parsed].map(([index, { loginPrefix = '' }]) => ({ index, loginPrefix }));
  for (const [place, { index, loginPrefix }] of all.entries()) {
    const path = `signIn.tickets[${index}].loginPrefix`;
    const wayOut = 'Give every issuer but the first a prefix of its own, such as "b-"';
    if (place > 0 && loginPrefix === '')
      findings.problems.push({ path, what: 'is missing: logins of two issuers could be the same', wayOut });
    const other = all.slice(0, place).find((earlier) => isPrefixOfOther(earlier.loginPrefix, loginPrefix));
    if (other !== undefined) {
      const what = `begins as that of signIn.tickets[${other.index}] does, so two logins could be the same`;
      findings.problems.push({ path, what, value: showValue(loginPrefix), wayOut });
    }
  }
}

function isPrefixOfOther(one: string, other: string): boolean {
  if (one === '' || other === '') return false;
  const [a, b] = [one.toLowerCase(), other.toLowerCase()];
  return a.startsWith(b) || b.startsWith(a);
}

function checkIssuer(issuer: string, path: string, other: number | undefined, findings: Findings): void {
  const refuse = (what: string, wayOut: string): number => findings.problems.push({ path, what, value: showValue(issuer), wayOut });
  if (OWN_ISSUERS.includes(issuer)) refuse("is a name of framegate's own", "Write the host application's URL");
  if (other !== undefined)
    refuse(`is the issuer of signIn.tickets[${other}] too`, 'List an issuer once; several keys go into one jwksFile or jwksUrl');
}

function resolveKeys(issuer: ParsedIssuer, path: string, context: TicketContext): TicketKeys | undefined {
  const given = KEY_SOURCES.filter((key) => issuer[key] !== undefined);
  if (given.length !== 1) {
    const what = given.length === 0 ? 'names no key' : `names its keys ${given.length} times: ${given.join(', ')}`;
    context.findings.problems.push({ path, what, wayOut: `Give exactly one of ${KEY_SOURCES.join(', ')}` });
    return undefined;
  }
  const source = given[0];
  const shared = source === 'secret' || source === 'secretFile';
  if (!checkFamily(issuer.algorithms, shared, `${path}.algorithms`, context.findings)) return undefined;
  if (shared) return resolveSharedSecret(issuer, path, context);
  if (issuer.jwksUrl !== undefined) return resolveKeysUrl(issuer.jwksUrl, `${path}.jwksUrl`, context.findings);
  return resolveKeyFile(issuer, path, context);
}

/**
 * One kind of key, one family. A shared secret verifies HMAC only, public keys never do: else a public key would
 * serve as HMAC secret (SEC-J1).
 */
function checkFamily(algorithms: readonly string[], shared: boolean, path: string, findings: Findings): boolean {
  if (new Set(algorithms.map(familyOf)).size > 1) {
    findings.problems.push({
      path,
      what: 'mixes families',
      value: algorithms.join(', '),
      wayOut: 'Keep those of one family: HS..., Ed..., ES..., or RS... and PS...',
    });
    return false;
  }
  const unfit = algorithms.filter((name) => HMAC_KEY_BYTES.has(name) !== shared);
  if (unfit.length === 0) return true;
  const what = shared ? 'does not fit a shared secret' : 'does not fit public keys';
  findings.problems.push({ path, what, value: unfit.join(', '), wayOut: `Write ${shared ? '[HS256]' : '[EdDSA], [ES256] or [RS256]'}` });
  return false;
}

function familyOf(algorithm: string): string {
  if (algorithm.startsWith('HS')) return 'HMAC';
  return algorithm.startsWith('E') ? algorithm.slice(0, 2) : 'RSA';
}

function resolveSharedSecret(issuer: ParsedIssuer, path: string, context: TicketContext): TicketKeys | undefined {
  const bytes = Math.max(...issuer.algorithms.map((name) => HMAC_KEY_BYTES.get(name) ?? 0));
  const secret =
    issuer.secret === undefined
      ? resolveSecretFile(issuer.secretFile ?? '', `${path}.secretFile`, context, bytes)
      : resolveLiteralSecret(issuer.secret, `${path}.secret`, context, bytes);
  return secret && { kind: 'secret', secret };
}

function resolveKeysUrl(text: string, path: string, findings: Findings): TicketKeys | undefined {
  const url = parseWebUrl(text);
  const refuse = (what: string, wayOut: string): undefined => {
    findings.problems.push({ path, what, value: showValue(text), wayOut });
    return undefined;
  };
  if (url === undefined || !isPlainHostname(url.hostname))
    return refuse('is not an https URL', 'Write for example https://app.example.com/.well-known/jwks.json');
  if (url.username !== '' || url.password !== '') return refuse('holds a user name or password', 'Remove it; public keys need none');
  if (url.hash !== '') return refuse('holds a fragment', 'Remove what follows "#"');
  if (isLinkLocal(url.hostname)) return refuse('is a link-local or cloud metadata address', 'Write the address of the host application');
  if (url.protocol === 'http:' && !isLoopbackHostname(url.hostname)) {
    return refuse(
      'uses http outside loopback, where anybody on the way could change the keys',
      'Use https, or copy the keys into a jwksFile',
    );
  }
  return { kind: 'jwks-url', url: url.href };
}

function resolveKeyFile(issuer: ParsedIssuer, path: string, context: TicketContext): TicketKeys | undefined {
  const key = issuer.jwksFile === undefined ? 'publicKeyFile' : 'jwksFile';
  const filePath = `${path}.${key}`;
  const content = readNamedFile(issuer[key] ?? '', context.folder, filePath, context.findings);
  if (content === undefined) return undefined;
  const text = content.bytes.toString('utf8');
  const parsed = key === 'jwksFile' ? parseKeySet(text) : parsePublicKeyPem(text);
  if ('what' in parsed) {
    context.findings.problems.push({ path: filePath, what: `names a file that ${parsed.what}`, wayOut: parsed.wayOut });
    return undefined;
  }
  const able = 'jwks' in parsed ? [...parsed.algorithms] : algorithmsOf(parsed);
  const unfit = issuer.algorithms.filter((name) => !able.includes(name));
  if (unfit.length === issuer.algorithms.length || (!('jwks' in parsed) && unfit.length > 0)) {
    const wayOut = `Write [${able[0] ?? 'EdDSA'}]`;
    context.findings.problems.push({ path: `${path}.algorithms`, what: `does not fit the key in ${key}`, value: unfit.join(', '), wayOut });
    return undefined;
  }
  return 'jwks' in parsed ? { kind: 'jwks', jwks: parsed.jwks } : { kind: 'public-key', key: parsed };
}
