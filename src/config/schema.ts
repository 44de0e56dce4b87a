// The one source of the configuration's shape: types, JSON Schema, the annotated example and
// docs/configuration.md are made from it. What needs a file or another key is checked in resolve.ts.

import { z } from 'zod';
import { parseDuration } from '../kernel/duration.ts';
import { access } from './schema-access.ts';
import { adminListener } from './schema-admin.ts';
import { audit } from './schema-audit.ts';
import { headerSignIn } from './schema-header.ts';
import { oidcProvider } from './schema-oidc.ts';
import { duration, filePath, listenKeys, optionalDuration, secretText } from './schema-parts.ts';
import { requestLimitKeys } from './schema-request-limit.ts';
import { storeKeys } from './schema-store.ts';
import { ticketIssuer } from './schema-tickets.ts';
import { upstream } from './schema-upstream.ts';

export { AMBIGUOUS_FORMS } from './schema-upstream.ts';

const RATE = /^([1-9]\d{0,5}) per (\d{1,6}(?:s|m|h))$/;
const rate = (fallback: string) => z.string().regex(RATE, { error: 'is not a rate. Write for example "5 per 15m"' }).default(fallback);

/** Parses `5 per 15m`. */
export function parseRate(text: string): { count: number; windowMs: number } {
  const match = RATE.exec(text);
  const windowMs = parseDuration(match?.[2] ?? '');
  if (match === null || windowMs === undefined) throw new Error('not a rate');
  return { count: Number(match[1]), windowMs };
}

export const configSchema = z.strictObject({
  publicUrl: z.string().describe('What browsers see: one origin, such as https://dash.example.com. http is accepted on loopback only.'),
  listen: z.strictObject(listenKeys('0.0.0.0', 8000)).prefault({}).describe('Where the service listens.'),
  admin: adminListener,
  trustedProxies: z
    .array(z.string())
    .default([])
    .describe('Addresses or CIDRs of proxies in front whose X-Forwarded-For counts. Empty: nobody.'),
  upstreams: z
    .record(
      z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, { error: 'is not an upstream name. Use lower-case letters, digits and "-"' }),
      upstream,
    )
    .refine((all) => Object.keys(all).length > 0, { error: 'is empty. Name at least one upstream' })
    .describe('The dashboard servers, by name.'),
  signIn: z
    .strictObject({
      password: z
        .strictObject({ usersFile: filePath.describe('YAML file with the users; see `framegate hash-password`.') })
        .optional()
        .describe('Sign-in by user name and password on a page of framegate.'),
      header: headerSignIn.optional().describe('A proxy in front signs people in and says who they are.'),
      apiKeysFile: filePath
        .optional()
        .describe('YAML file with the API keys of machines; see `framegate api-key`. Read again when it changes.'),
      tickets: z.array(ticketIssuer).default([]).describe('Host applications whose tickets are accepted.'),
      oidc: z.array(oidcProvider).default([]).describe('Identity providers by OpenID Connect, such as Keycloak or Entra ID.'),
    })
    .prefault({})
    .describe('How people sign in. At least one way in the service.'),
  session: z
    .strictObject({
      secret: z
        .union([secretText('Signs the session cookie; at least 32 bytes.'), z.array(z.string().min(1)).min(1).meta({ secret: true })])
        .optional()
        .describe('Signs the session cookie; at least 32 bytes. A list: the first signs, all verify. Absent: a random one at each start.'),
      secretFile: z
        .union([filePath, z.array(filePath).min(1)])
        .optional()
        .describe('The same from a file, or a list of files.'),
      ...storeKeys,
      idleTimeout: duration('30m').describe(
        'A password session ends after this long without a person doing something; polling does not count.',
      ),
      ticketIdleTimeout: optionalDuration
        .optional()
        .describe('The same for sessions from tickets and from the host application. Absent: no idle limit.'),
      absoluteTimeout: duration('8h').describe('Longest life of a session, whatever happens in it.'),
      maxSessions: z.int().min(1).max(10_000_000).default(100_000).describe('Most sessions at a time; the next sign-in gets 503.'),
      maxPerUser: z
        .int()
        .min(1)
        .max(100)
        .optional()
        .describe('Most sessions of one person at a time; the next sign-in ends the oldest. Absent: as many as there are browsers.'),
      maxSockets: z.int().min(1).max(10_000).default(10).describe('Most open WebSockets of one session.'),
      maxSocketAge: optionalDuration
        .optional()
        .describe('A WebSocket is closed with 1001 after this long; pages connect again. Absent: it lives as long as its session.'),
    })
    .prefault({})
    .describe("framegate's own session."),
  embed: z
    .strictObject({
      hosts: z
        .array(z.string())
        .default([])
        .describe('Origins whose pages may frame the dashboards: frame-ancestors, CORS, postMessage. Empty: nobody.'),
      cookies: z
        .enum(['auto', 'lax', 'partitioned'])
        .default('auto')
        .describe('auto: SameSite=Lax when every host is same-site with publicUrl (public suffix list), else SameSite=None; Partitioned.'),
      storageStandIn: z.boolean().default(true).describe('Give pages an in-memory localStorage where the browser blocks the real one.'),
      crossOriginIsolated: z
        .boolean()
        .default(false)
        .describe(
          'For host pages that isolate themselves (Cross-Origin-Embedder-Policy): dashboards do so too. What they load from other sites then needs CORP or CORS, and nobody can sign in by the window.',
        ),
      title: z.string().max(80).default('Dashboards').describe('Name shown on the pages that framegate itself serves.'),
    })
    .prefault({})
    .describe('Who may frame us.'),
  limits: z
    .strictObject({
      failedLogins: rate('5 per 15m').describe('Wrong passwords per user name.'),
      loginsPerAddress: rate('20 per 15m').describe('Wrong passwords per address (IPv6: per /64).'),
      ticketsPerAddress: rate('60 per 1m').describe('Refused tickets and codes per address.'),
      ticketsPerIssuer: rate('600 per 1m').describe('Sign-ins by tickets of one issuer; the next one gets 429.'),
      passwordRate: rate('100 per 1m').describe('Password checks of everybody together; the next one gets 503.'),
      passwordChecks: z.int().min(1).max(64).default(4).describe('Password checks at the same time; 100 more wait, then 503.'),
      ...requestLimitKeys,
      connections: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(10_000)
        .describe('Most open connections of the service; further ones are closed at once. Below the open files allowed (ulimit -n).'),
    })
    .prefault({})
    .describe('Bounds against guessing and flooding.'),
  access,
  audit,
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('Least severe line that is written.'),
    })
    .prefault({})
    .describe('JSON lines on standard output.'),
});

/** As written in the file, before defaults. */
export type ConfigInput = z.input<typeof configSchema>;
/** With defaults, before files are read. */
export type ParsedConfig = z.output<typeof configSchema>;
