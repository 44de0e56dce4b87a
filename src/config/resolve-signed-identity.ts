// The signed identity of one upstream: keys, header, names of claims.

import type { IdentityHeaderNames } from './config.ts';
import { readNamedFile } from './file-text.ts';
import { isReservedHeader } from './identity-headers.ts';
import { resolveDuration } from './milliseconds.ts';
import { parseSigningKey } from './private-key.ts';
import { type Findings, showValue } from './problem.ts';
import { isFault } from './public-key.ts';
import type { ParsedConfig } from './schema.ts';
import type { IdentitySigningKey, SignedClaimNames, SignedIdentityConfig } from './signed-identity.ts';

type ParsedSignedIdentity = NonNullable<ParsedConfig['upstreams'][string]['signedIdentity']>;

export interface SignedIdentityContext {
  /** What relative paths start from. */
  readonly folder: string;
  /** The configuration key, for problems. */
  readonly path: string;
  /** Of the upstream. */
  readonly name: string;
  readonly identityHeaders: IdentityHeaderNames | undefined;
  readonly findings: Findings;
}

const MIN_LIFETIME_MS = 10_000;
const MAX_LIFETIME = { ms: 15 * 60 * 1000, text: '15m' };

/** Claims that are framegate's own, or that a JWT library judges (RFC 7519 section 4.1). */
const RESERVED_CLAIMS = new Set(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'constructor', 'prototype']);

/** undefined after a problem with its keys. */
export function resolveSignedIdentity(parsed: ParsedSignedIdentity, context: SignedIdentityContext): SignedIdentityConfig | undefined {
  const { findings, path, name } = context;
  checkHeader(parsed.header, context);
  const lifetimeMs = resolveDuration(parsed.lifetime, `${path}.lifetime`, MAX_LIFETIME, findings);
  if (lifetimeMs > 0 && lifetimeMs < MIN_LIFETIME_MS)
    findings.problems.push({
      path: `${path}.lifetime`,
      what: 'is too short',
      value: showValue(parsed.lifetime),
      wayOut: 'Write at least 10s',
    });
  const claims = resolveClaims(parsed.claims, context);
  const [first, ...others] = readKeys([parsed.privateKeyFile].flat(), context);
  if (first === undefined) return undefined;
  return { header: parsed.header, keys: [first, ...others], audience: parsed.audience ?? name, lifetimeMs, claims };
}

function checkHeader(header: string, { path, identityHeaders, findings }: SignedIdentityContext): void {
  const refuse = (what: string, wayOut: string): number =>
    findings.problems.push({ path: `${path}.header`, what, value: showValue(header), wayOut });
  const lower = header.toLowerCase();
  if (isReservedHeader(lower)) refuse('is a header with a meaning of its own', 'Choose a name such as X-JWT-Assertion');
  if (Object.values(identityHeaders ?? {}).some((name) => name.toLowerCase() === lower))
    refuse('is one of identityHeaders too', 'Give the token a header of its own');
}

function resolveClaims(parsed: ParsedSignedIdentity['claims'], { path, findings }: SignedIdentityContext): SignedClaimNames {
  const entries = Object.entries(parsed).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const seen = new Map<string, string>();
  for (const [key, name] of entries) {
    const refuse = (what: string, wayOut: string): number =>
      findings.problems.push({ path: `${path}.claims.${key}`, what, value: showValue(name), wayOut });
    const other = seen.get(name);
    if (RESERVED_CLAIMS.has(name)) refuse('is a claim with a meaning of its own', 'Choose another name');
    else if (other !== undefined) refuse(`is the claim of ${other} too`, 'Give each value a claim of its own');
    seen.set(name, key);
  }
  return Object.fromEntries(entries);
}

function readKeys(files: readonly string[], { folder, path, findings }: SignedIdentityContext): IdentitySigningKey[] {
  const kids = new Set<string>();
  return files.flatMap((file, index) => {
    const at = files.length === 1 ? `${path}.privateKeyFile` : `${path}.privateKeyFile[${index}]`;
    const content = readNamedFile(file, folder, at, findings);
    if (content === undefined) return [];
    if (content.worldReadable) {
      const what = 'names a private key that every user of this machine can read';
      findings.warnings.push({ path: at, what, wayOut: 'Run chmod 600 on it' });
    }
    const key = parseSigningKey(content.bytes.toString('utf8'));
    if (isFault(key)) {
      findings.problems.push({ path: at, what: `names a file that ${key.what}`, wayOut: key.wayOut });
      return [];
    }
    if (kids.has(key.kid)) findings.problems.push({ path: at, what: 'holds a key that is listed already', wayOut: 'List each key once' });
    kids.add(key.kid);
    return [key];
  });
}
