// From what is written to what is in force. Every concern is judged, whatever the others found; a Config comes out
// only when nobody found a problem.

import { resolve } from 'node:path';
import { Secret } from '../kernel/secret.ts';
import { listNamedUsers } from '../policy/named-users.ts';
import { presetFor } from '../presets/index.ts';
import { readApiKeysFile } from './api-keys-file.ts';
import { checkAccess } from './check-access.ts';
import type { Config, Rate, TicketIssuerConfig } from './config.ts';
import { checkIssuers, nameIssuers } from './issuers.ts';
import { type Findings, showValue } from './problem.ts';
import { resolveRules } from './resolve-access.ts';
import { resolveAdmin } from './resolve-admin.ts';
import { resolveAudit } from './resolve-audit.ts';
import { resolveEmbed } from './resolve-embed.ts';
import { resolveHeader } from './resolve-header.ts';
import { checkListeners, resolveTrustedProxies } from './resolve-listeners.ts';
import { resolveOidc } from './resolve-oidc.ts';
import { resolvePublicUrl } from './resolve-public-url.ts';
import type { SecretContext } from './resolve-secret.ts';
import { resolveSession } from './resolve-session.ts';
import { resolveTickets } from './resolve-tickets.ts';
import { resolveUpstreams } from './resolve-upstreams.ts';
import { type ParsedConfig, parseRate } from './schema.ts';
import type { Sections } from './sections.ts';
import { readUsersFile } from './users-file.ts';

/** @returns the configuration in force; undefined when a section is missing. Valid only if `findings.problems` is empty. */
export function resolveConfig(sections: Sections, context: SecretContext): Config | undefined {
  const { findings } = context;
  const { listen, log } = sections;
  const admin = resolveAdmin(sections.admin, context);
  const publicUrl = sections.publicUrl === undefined ? undefined : resolvePublicUrl(sections.publicUrl, findings);
  checkListeners(listen, admin, publicUrl, findings);
  const listeners = [listen, admin].filter((listener) => listener !== undefined);
  const trustedProxies = resolveTrustedProxies(sections.trustedProxies, findings);
  const upstreams = resolveUpstreams(sections.upstreams, { publicUrl, listeners }, context.folder, findings);
  const resolved = resolveRules(sections.rules, sections.upstreamNames, findings);
  const rules = [...resolved.values()];
  checkAccess({ rules: resolved, mode: sections.accessMode, upstreams: sections.upstreams }, findings);
  const builtInAdmins = new Set([...sections.upstreams.values()].flatMap((upstream) => presetFor(upstream.preset).builtInAdmins));
  const namedUsers = listNamedUsers(rules);
  const users =
    sections.usersFile === undefined
      ? undefined
      : readUsersFile(sections.usersFile, { folder: context.folder, builtInAdmins, namedUsers, findings });
  const usersFile = sections.usersFile === undefined ? undefined : resolve(context.folder, sections.usersFile);
  const apiKeys =
    sections.apiKeysFile === undefined
      ? undefined
      : readApiKeysFile(sections.apiKeysFile, {
          folder: context.folder,
          builtInAdmins,
          namedUsers,
          upstreamNames: sections.upstreamNames,
          findings,
        });
  const tickets = resolveTickets(sections.tickets, { ...context, publicUrl });
  const header = sections.header && resolveHeader(sections.header, context);
  checkIssuers(header, tickets, findings);
  const session = sections.session && resolveSession(sections.session, context);
  checkSecretUse(session, tickets, findings);
  const embed = sections.embed && resolveEmbed(sections.embed, publicUrl, findings);
  const oidc = resolveOidc(sections.oidc, {
    ...context,
    publicUrl,
    hosts: embed?.hosts ?? [],
    otherIssuers: nameIssuers(header, tickets),
  });
  const limits = sections.limits && resolveLimits(sections.limits, findings);
  const audit = sections.audit && resolveAudit(sections.audit, context.folder, findings);

  if (!publicUrl || !listen || !session || !embed || !limits || !audit || !log) return undefined;
  return {
    publicUrl,
    listen,
    admin,
    trustedProxies,
    upstreams,
    signIn: { users, usersFile, apiKeys, tickets, header, oidc },
    session,
    embed,
    limits,
    rules,
    accessMode: sections.accessMode ?? 'enforce',
    audit,
    log,
  };
}

/** One secret per purpose (SEC-D10.2): a host application must not be able to sign our cookies, nor another's tickets. */
function checkSecretUse(session: Config['session'] | undefined, tickets: readonly TicketIssuerConfig[], findings: Findings): void {
  const used = session?.secrets.map((secret) => ({ secret, path: 'session.secret' })) ?? [];
  for (const { keys, issuer } of tickets) {
    const shared = keys.kind === 'files' && keys.format === 'secret' ? keys.keys : [];
    for (const secret of shared.map(({ key }) => new Secret(key.export()))) {
      const other = used.find((each) => each.secret.equals(secret));
      if (other !== undefined) {
        findings.problems.push({
          path: 'signIn.tickets',
          what: `the secret of issuer ${showValue(issuer)} is that of ${other.path} too`,
          wayOut: 'Make one secret for each purpose with `framegate keygen --secret`',
        });
      }
      used.push({ secret, path: `issuer ${showValue(issuer)}` });
    }
  }
}

function resolveLimits(parsed: ParsedConfig['limits'], findings: Findings): Config['limits'] {
  const rate = (key: 'failedLogins' | 'loginsPerAddress' | 'ticketsPerAddress' | 'ticketsPerIssuer' | 'passwordRate'): Rate => {
    const parsedRate = parseRate(parsed[key]);
    if (parsedRate.windowMs === 0 || parsedRate.windowMs > 24 * 60 * 60 * 1000) {
      findings.problems.push({
        path: `limits.${key}`,
        what: 'has a window of nothing, or of more than 24h',
        value: showValue(parsed[key]),
        wayOut: 'Write for example "5 per 15m"',
      });
    }
    return parsedRate;
  };
  return {
    failedLogins: rate('failedLogins'),
    loginsPerAddress: rate('loginsPerAddress'),
    ticketsPerAddress: rate('ticketsPerAddress'),
    ticketsPerIssuer: rate('ticketsPerIssuer'),
    passwordRate: rate('passwordRate'),
    passwordChecks: parsed.passwordChecks,
    requestsPerSecond: parsed.requestsPerSecond,
    requestBurst: parsed.requestBurst,
    connections: parsed.connections,
  };
}
