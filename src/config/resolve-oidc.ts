// Identity providers: whom they speak for, and that nobody else's addresses or accounts are theirs.

import { isIP } from 'node:net';
import { isLoopbackHostname, parseOrigin } from '../kernel/origin.ts';
import { Secret } from '../kernel/secret.ts';
import { readCertificates } from './certificates.ts';
import type { PublicUrl } from './config.ts';
import { couldMakeSameLogin, type NamedIssuer } from './issuers.ts';
import { resolveDuration } from './milliseconds.ts';
import type { OidcProviderConfig } from './oidc-provider.ts';
import { judgeAddress } from './private-address.ts';
import { type Findings, showValue } from './problem.ts';
import { readSecretBytes, type SecretContext } from './resolve-secret.ts';
import type { ParsedConfig } from './schema.ts';
import { findWeakness } from './weak-secret.ts';
import { isLinkLocal, isPlainHostname, parseWebUrl } from './web-url.ts';

type ParsedProvider = ParsedConfig['signIn']['oidc'][number];

interface OidcContext extends SecretContext {
  readonly publicUrl: PublicUrl | undefined;
  /** Origins of `embed.hosts`. */
  readonly hosts: readonly string[];
  /** Those of the other sign-in methods, whose accounts and logins must stay theirs (SEC-R6). */
  readonly otherIssuers: readonly NamedIssuer[];
}

const MAX_TOLERANCE = { ms: 5 * 60 * 1000, text: '5m' };
/** Providers choose the secret; shorter than this it can be guessed. */
const MIN_CLIENT_SECRET_BYTES = 12;

/** @param parsed Providers by their place in the list. */
export function resolveOidc(parsed: ReadonlyMap<number, ParsedProvider>, context: OidcContext): OidcProviderConfig[] {
  const { findings } = context;
  checkRepeated(parsed, context);
  const prefixes = resolvePrefixes(parsed, context);
  return [...parsed].map(([index, provider]) => {
    const path = `signIn.oidc[${index}]`;
    checkIssuer(provider, path, context);
    checkAlgorithms(provider.algorithms, `${path}.algorithms`, findings);
    if (!provider.scopes.includes('openid')) {
      findings.problems.push({ path: `${path}.scopes`, what: 'lack openid', wayOut: 'Add openid; without it there is no ID token' });
    }
    if (provider.claims.login === provider.claims.email) {
      findings.warnings.push({
        path: `${path}.claims.login`,
        what: 'is the e-mail address, which can pass from one person to another',
        wayOut: 'Take a claim that stays with the person; addresses that are not verified are refused as a login',
      });
    }
    return {
      id: provider.id,
      label: provider.label ?? `Sign in with ${provider.id}`,
      issuer: provider.issuer,
      clientId: provider.clientId,
      clientSecret: resolveClientSecret(provider, path, context),
      clientAuth: provider.clientAuth,
      scopes: [...new Set(provider.scopes)],
      claims: provider.claims,
      groupsFormat: provider.groupsFormat,
      userInfo: provider.userInfo,
      loginPrefix: prefixes.get(index) ?? '',
      algorithms: [...new Set(provider.algorithms)],
      clockToleranceMs: resolveTolerance(provider.clockTolerance, `${path}.clockTolerance`, findings),
      endProviderSession: provider.endProviderSession,
      postLogoutUrl: provider.postLogoutUrl === undefined ? undefined : resolvePostLogoutUrl(provider.postLogoutUrl, path, context),
      ownCallback: provider.ownCallback,
      ca: provider.caFile === undefined ? undefined : readCertificates(provider.caFile, `${path}.caFile`, context)?.text,
      allowPrivateAddress: provider.allowPrivateAddress,
    };
  });
}

/** Each id and issuer once, and none that another method speaks for (SEC-R6). */
function checkRepeated(parsed: ReadonlyMap<number, ParsedProvider>, { otherIssuers, findings }: OidcContext): void {
  const ids = new Map<string, string>();
  const issuers = new Map(otherIssuers.map(({ issuer, path }) => [issuer, path]));
  for (const [index, { id, issuer }] of parsed) {
    const path = `signIn.oidc[${index}]`;
    const refuse = (key: string, value: string, what: string, wayOut: string): number =>
      findings.problems.push({ path: `${path}.${key}`, what, value: showValue(value), wayOut });
    if (ids.has(id)) refuse('id', id, `is the id of ${ids.get(id)} too`, 'Give each provider an id of its own');
    if (issuers.has(issuer))
      refuse('issuer', issuer, `is the issuer of ${issuers.get(issuer)} too, whose accounts would be the same`, 'Name each issuer once');
    ids.set(id, path);
    issuers.set(issuer, path);
  }
}

/**
 * Logins with a prefix are its issuer's alone, so one issuer may have none (SEC-R6). A provider that names none, beside
 * an issuer that has none, gets its id: the two stay apart without a word.
 */
function resolvePrefixes(parsed: ReadonlyMap<number, ParsedProvider>, { otherIssuers, findings }: OidcContext): Map<number, string> {
  const before = otherIssuers.map(({ path, loginPrefix }) => ({ path, loginPrefix }));
  const prefixes = new Map<number, string>();
  for (const [index, provider] of parsed) {
    const path = `signIn.oidc[${index}]`;
    const key = `${path}.loginPrefix`;
    const bare = before.find((one) => one.loginPrefix === '');
    const loginPrefix = provider.loginPrefix ?? (bare === undefined ? '' : `${provider.id}-`);
    const other = before.find((one) => couldMakeSameLogin(one.loginPrefix, loginPrefix));
    if (other !== undefined) {
      const what = `begins as that of ${other.path} does, so two logins could be the same`;
      const wayOut = 'Give it a prefix of its own, such as "corp-"';
      findings.problems.push({ path: key, what, value: showValue(loginPrefix), wayOut });
    } else if (provider.loginPrefix === undefined && bare !== undefined) {
      const what = `is missing, and a login could be one of ${bare.path} too: its logins begin with "${loginPrefix}"`;
      findings.warnings.push({ path: key, what, wayOut: 'Write that prefix or another one, so that it stays when something else changes' });
    }
    before.push({ path, loginPrefix });
    prefixes.set(index, loginPrefix);
  }
  return prefixes;
}

/** https, or http on loopback; no part that could be written in two ways (OpenID Connect Discovery 1.0, section 3). */
function checkIssuer({ issuer, allowPrivateAddress }: ParsedProvider, path: string, { findings }: OidcContext): void {
  const refuse = (what: string, wayOut: string): void => {
    findings.problems.push({ path: `${path}.issuer`, what, value: showValue(issuer), wayOut });
  };
  const url = parseWebUrl(issuer);
  if (url === undefined || !isPlainHostname(url.hostname))
    refuse('is not an https URL', 'Write for example https://id.example.com/realms/plant');
  else if (url.username !== '' || url.password !== '') refuse('holds a user name or password', 'Remove it');
  else if (url.search !== '' || url.hash !== '')
    refuse('holds a query or fragment', 'Write what the discovery document says under "issuer"');
  else if (issuer.includes('/.well-known/')) refuse('is the address of the discovery document', 'Write what stands before /.well-known/');
  else if (issuer.includes('{')) refuse('holds a placeholder', 'Write the tenant that people sign in with, not "common"');
  else if (url.href !== issuer && url.href !== `${issuer}/`)
    refuse('is not spelled as browsers do', `Write ${url.href.replace(/\/$/, '')}`);
  else if (isLinkLocal(url.hostname)) refuse('is a link-local or cloud metadata address', "Write the provider's address");
  else if (url.protocol === 'http:' && !isLoopbackHostname(url.hostname))
    refuse('uses http outside loopback, where anybody on the way could sign in as anybody', 'Use https; a private CA goes into caFile');
  else if (isPrivateAddress(url.hostname) && !allowPrivateAddress)
    refuse('is an address of a private network', 'Set allowPrivateAddress: true if the provider is there');
}

function isPrivateAddress(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) !== 0 && judgeAddress(bare) === 'private';
}

function checkAlgorithms(algorithms: readonly string[], path: string, findings: Findings): void {
  const families = new Set(algorithms.map((name) => (name.startsWith('E') ? name.slice(0, 2) : 'RSA')));
  if (families.size === 1) return;
  const wayOut = 'Keep those of one family: RS... and PS..., ES..., or EdDSA';
  findings.problems.push({ path, what: 'mix families', value: algorithms.join(', '), wayOut });
}

function resolveTolerance(text: string, path: string, findings: Findings): number {
  return /^0(?:ms|s|m|h|d)$/.test(text) ? 0 : resolveDuration(text, path, MAX_TOLERANCE, findings);
}

function resolveClientSecret(provider: ParsedProvider, path: string, context: OidcContext): Secret | undefined {
  const { clientSecret, clientSecretFile } = provider;
  if (clientSecret !== undefined && clientSecretFile !== undefined) {
    context.findings.problems.push({ path: `${path}.clientSecretFile`, what: 'stands beside clientSecret', wayOut: 'Keep one of the two' });
    return undefined;
  }
  const key = clientSecret === undefined ? 'clientSecretFile' : 'clientSecret';
  if (clientSecret !== undefined && context.isInFile(`${path}.clientSecret`)) {
    context.findings.warnings.push({
      path: `${path}.clientSecret`,
      what: 'is a secret in the configuration file',
      wayOut: 'Put it in a file of its own (clientSecretFile) or in the environment',
    });
  }
  const bytes =
    clientSecret !== undefined
      ? Buffer.from(clientSecret)
      : clientSecretFile === undefined
        ? undefined
        : readSecretBytes(clientSecretFile, `${path}.clientSecretFile`, context);
  if (bytes === undefined) return undefined;
  const weakness = findWeakness(bytes, MIN_CLIENT_SECRET_BYTES);
  if (weakness === undefined) return new Secret(bytes);
  const wayOut = 'Copy the secret that the provider gave for this client, or make a new one there';
  context.findings.problems.push({ path: `${path}.${key}`, what: weakness, wayOut });
  return undefined;
}

/** Exact origins only (SEC-R2): the provider sends a browser wherever this says. */
function resolvePostLogoutUrl(text: string, path: string, { publicUrl, hosts, findings }: OidcContext): string | undefined {
  const url = parseWebUrl(text);
  const origins = publicUrl === undefined ? hosts : [publicUrl.origin, ...hosts];
  const isExact = url !== undefined && parseOrigin(url.origin) !== undefined && url.href.replace(/\/$/, '') === text.replace(/\/$/, '');
  if (isExact && url.username === '' && url.hash === '' && origins.includes(url.origin)) return text;
  findings.problems.push({
    path: `${path}.postLogoutUrl`,
    what: isExact ? 'is neither at publicUrl nor at one of embed.hosts' : 'is not a URL as browsers spell it',
    value: showValue(text),
    wayOut: `Write an address at ${origins[0] ?? 'publicUrl'}, as it is registered at the provider`,
  });
  return undefined;
}
