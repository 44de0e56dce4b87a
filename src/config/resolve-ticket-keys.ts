// The keys of a host application: one source, one family of algorithms, and that they fit each other.

import { resolve } from 'node:path';
import { isLoopbackHostname } from '../kernel/origin.ts';
import type { Secret } from '../kernel/secret.ts';
import { readNamedFile } from './file-text.ts';
import { isHmac, parseKeyFile, secretBytesFor, verificationKeyOf } from './key-file.ts';
import { MAX_TIMEOUT, resolveDuration } from './milliseconds.ts';
import { judgeAddress } from './private-address.ts';
import { type Findings, showValue } from './problem.ts';
import { isFault } from './public-key.ts';
import { resolveLiteralSecret, resolveSecretFile, type SecretContext } from './resolve-secret.ts';
import type { ParsedConfig } from './schema.ts';
import type { TicketKeys, VerificationKey } from './ticket-issuer.ts';
import { isLinkLocal, isPlainHostname, parseWebUrl } from './web-url.ts';

type ParsedIssuer = ParsedConfig['signIn']['tickets'][number];

const KEY_SOURCES = ['jwksUrl', 'jwksFile', 'publicKeyFile', 'secret', 'secretFile'] as const;

/** Keys by URL are taken for fresh that long, in milliseconds. */
const FRESH_MS = 10 * 60_000;

/** @param path Of the issuer. @returns undefined after a problem. */
export function resolveTicketKeys(issuer: ParsedIssuer, path: string, context: SecretContext): TicketKeys | undefined {
  const given = KEY_SOURCES.filter((key) => issuer[key] !== undefined);
  const [source] = given;
  if (source === undefined || given.length > 1) {
    const what = given.length === 0 ? 'names no key' : `names its keys ${given.length} times: ${given.join(', ')}`;
    context.findings.problems.push({ path, what, wayOut: `Give exactly one of ${KEY_SOURCES.join(', ')}` });
    return undefined;
  }
  const maxStaleMs = resolveMaxStale(issuer.maxStale, source, `${path}.maxStale`, context.findings);
  const isShared = source === 'secret' || source === 'secretFile';
  if (!checkFamily(issuer.algorithms, isShared, `${path}.algorithms`, context.findings)) return undefined;
  if (source === 'jwksUrl') return resolveKeysUrl(issuer, maxStaleMs, `${path}.jwksUrl`, context.findings);
  return isShared ? resolveSharedSecrets(issuer, source, path, context) : resolveKeyFiles(issuer, source, path, context);
}

function resolveMaxStale(text: string | undefined, source: string, path: string, findings: Findings): number {
  if (text !== undefined && source !== 'jwksUrl')
    findings.problems.push({ path, what: 'is for jwksUrl only', wayOut: 'Remove it: files are there' });
  const ms = resolveDuration(text ?? '1h', path, MAX_TIMEOUT, findings);
  if (ms > 0 && ms < FRESH_MS)
    findings.problems.push({ path, what: 'is shorter than keys are fresh', value: showValue(text), wayOut: 'Write 10m to 24h' });
  return ms;
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
  const unfit = algorithms.filter((name) => isHmac(name) !== shared);
  if (unfit.length === 0) return true;
  const what = shared ? 'does not fit a shared secret' : 'does not fit public keys';
  findings.problems.push({ path, what, value: unfit.join(', '), wayOut: `Write ${shared ? '[HS256]' : '[EdDSA], [ES256] or [RS256]'}` });
  return false;
}

function familyOf(algorithm: string): string {
  if (isHmac(algorithm)) return 'HMAC';
  return algorithm.startsWith('E') ? algorithm.slice(0, 2) : 'RSA';
}

const listOf = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : typeof value === 'string' ? [value] : value;

function resolveSharedSecrets(
  issuer: ParsedIssuer,
  source: 'secret' | 'secretFile',
  path: string,
  context: SecretContext,
): TicketKeys | undefined {
  const minBytes = secretBytesFor(issuer.algorithms);
  const given = listOf(issuer[source]);
  const read = source === 'secret' ? resolveLiteralSecret : resolveSecretFile;
  const secrets = given.map((each) => read(each, `${path}.${source}`, context, minBytes));
  if (!secrets.every((secret): secret is Secret => secret !== undefined)) return undefined;
  const keys = secrets.map((secret) => verificationKeyOf(secret.reveal()));
  const files = source === 'secret' ? [] : given.map((file) => resolve(context.folder, file));
  return { kind: 'files', format: 'secret', files, keys };
}

function resolveKeyFiles(
  issuer: ParsedIssuer,
  source: 'jwksFile' | 'publicKeyFile',
  path: string,
  context: SecretContext,
): TicketKeys | undefined {
  const format = source === 'jwksFile' ? 'key-set' : 'pem';
  const given = listOf(issuer[source]);
  const keys: VerificationKey[] = [];
  for (const file of given) {
    const content = readNamedFile(file, context.folder, `${path}.${source}`, context.findings);
    if (content === undefined) return undefined;
    const parsed = parseKeyFile(format, content.bytes, issuer.algorithms);
    if (isFault(parsed)) {
      context.findings.problems.push({ path: `${path}.${source}`, what: `names a file that ${parsed.what}`, wayOut: parsed.wayOut });
      return undefined;
    }
    keys.push(...parsed);
  }
  return { kind: 'files', format, files: given.map((file) => resolve(context.folder, file)), keys };
}

function resolveKeysUrl(issuer: ParsedIssuer, maxStaleMs: number, path: string, findings: Findings): TicketKeys | undefined {
  const { jwksUrl: text = '', allowPrivateAddress: allowPrivate } = issuer;
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
  if (!allowPrivate && judgeAddress(url.hostname.replace(/^\[|\]$/g, '')) === 'private')
    return refuse('is an address of a private network', 'If that is meant, set allowPrivateAddress: true beside it');
  return { kind: 'url', url: url.href, maxStaleMs, allowPrivate };
}
