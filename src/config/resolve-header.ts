// The proxy in front that says who is asking: which connections are its own, and which headers are its word.

import type { HeaderSignInConfig } from './config.ts';
import { type Findings, showValue } from './problem.ts';
import { parseCidr } from './resolve-listeners.ts';
import { resolveLiteralSecret, resolveSecretFile, type SecretContext } from './resolve-secret.ts';
import type { ParsedConfig } from './schema.ts';

type ParsedHeader = NonNullable<ParsedConfig['signIn']['header']>;

const PATH = 'signIn.header';

// These frame or route the message, or say something about the connection.
const RESERVED =
  /^(?:host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|content-.*|cookie|authorization|proxy-.*|origin|referer|via|forwarded|x-forwarded-(?:for|host|proto|port|server|prefix|uri|method|ssl|scheme|by)|x-real-ip|accept.*|if-.*|range|sec-.*)$/;

export function resolveHeader(parsed: ParsedHeader, context: SecretContext): HeaderSignInConfig {
  const { findings } = context;
  checkHeaderNames(parsed, findings);
  const secret =
    parsed.secret === undefined
      ? parsed.secretFile && resolveSecretFile(parsed.secretFile, `${PATH}.secretFile`, context)
      : resolveLiteralSecret(parsed.secret, `${PATH}.secret`, context);
  if (parsed.secret !== undefined && parsed.secretFile !== undefined)
    findings.problems.push({ path: PATH, what: 'names its secret twice', wayOut: 'Give secret or secretFile' });
  const trustedPeers = resolvePeers(parsed.trustedPeers, findings);
  if (!secret && trustedPeers.some((peer) => peer === '::1' || peer.startsWith('127.'))) {
    findings.warnings.push({
      path: `${PATH}.trustedPeers`,
      what: 'holds a loopback address, so every program of this machine can be anybody',
      wayOut: 'Give secretFile, or let the proxy connect from an address of its own',
    });
  }
  const lower = (name: string | undefined): string | undefined => name?.toLowerCase();
  return {
    trustedPeers,
    headers: {
      user: parsed.user.toLowerCase(),
      email: lower(parsed.email),
      displayName: lower(parsed.displayName),
      groups: lower(parsed.groups),
    },
    groupsSeparator: parsed.groupsSeparator,
    issuer: parsed.issuer,
    loginPrefix: parsed.loginPrefix ?? '',
    proof: secret ? { header: parsed.secretHeader.toLowerCase(), secret } : undefined,
  };
}

/** One address each, `::ffff:10.0.0.1` as `10.0.0.1` (SEC-H9). A network would let any machine in it be anybody (SEC-H6). */
function resolvePeers(entries: readonly string[], findings: Findings): string[] {
  return entries.flatMap((entry, index) => {
    const cidr = parseCidr(entry);
    const refuse = (what: string, wayOut: string): [] => {
      findings.problems.push({ path: `${PATH}.trustedPeers[${index}]`, what, value: showValue(entry), wayOut });
      return [];
    };
    if (typeof cidr !== 'string') return refuse(cidr.what, cidr.wayOut);
    const [address = '', prefix] = cidr.split('/');
    if (prefix !== (address.includes(':') ? '128' : '32'))
      return refuse('is a network, and every machine in it could be anybody', 'List the addresses of the proxies one by one');
    if (address === '0.0.0.0' || address === '::')
      return refuse('is no address of a machine', 'Write the address that the proxy connects from');
    return [address];
  });
}

function checkHeaderNames(parsed: ParsedHeader, findings: Findings): void {
  const seen = new Map<string, string>();
  const withSecret = parsed.secret !== undefined || parsed.secretFile !== undefined;
  for (const key of ['user', 'email', 'displayName', 'groups', 'secretHeader'] as const) {
    const name = parsed[key]?.toLowerCase();
    if (name === undefined || (key === 'secretHeader' && !withSecret)) continue;
    const refuse = (what: string, wayOut: string): number =>
      findings.problems.push({ path: `${PATH}.${key}`, what, value: showValue(parsed[key]), wayOut });
    const other = seen.get(name);
    if (RESERVED.test(name)) refuse('is a header with a meaning of its own', 'Choose a name such as X-Forwarded-User');
    else if (other !== undefined) refuse(`is the header of ${other} too`, 'Give each value a header of its own');
    seen.set(name, key);
  }
}
