// The shape of one host application whose tickets are accepted.

import { z } from 'zod';
import { filePath, loginPrefix, optionalDuration } from './schema-parts.ts';

const claimName = z
  .string()
  .max(128)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u, { error: 'is not the name of a claim. Write for example groups, or realm_access.roles' });

const claims = z
  .strictObject({
    login: claimName.default('sub').describe('Becomes the login, behind loginPrefix. The account is `sub` in any case.'),
    displayName: claimName.default('name').describe('Any text.'),
    email: claimName.default('email').describe('Counts as verified unless `email_verified` is there and not true.'),
    groups: claimName.default('groups').describe('A list of texts.'),
    role: claimName
      .optional()
      .describe("What the upstream is told of the role, where the rule's `as.role` says nothing. Absent: tickets name none."),
    orgId: claimName.optional().describe("The upstream's organisation, a whole number, likewise."),
  })
  .prefault({})
  .describe('Names of the claims. A dot leads into an object: `realm_access.roles`.');

export const ticketIssuer = z.strictObject({
  issuer: z.string().min(1).max(512).describe("The ticket's `iss`, exactly."),
  audience: z.string().min(1).max(512).optional().describe("The ticket's `aud`, exactly. Default: publicUrl."),
  algorithms: z
    .array(z.enum(['EdDSA', 'Ed25519', 'ES256', 'ES384', 'ES512', 'PS256', 'RS256', 'HS256', 'HS384', 'HS512']))
    .min(1)
    .default(['EdDSA'])
    .describe('Accepted signature algorithms, of one family.'),
  jwksUrl: z
    .string()
    .optional()
    .describe("The host application's public keys; https, or http on loopback. Asked for every 10 minutes, and for an unknown `kid`."),
  maxStale: optionalDuration
    .optional()
    .describe('How old keys of jwksUrl may become while they cannot be fetched; at least 10m, default 1h. Then 503.'),
  allowPrivateAddress: z
    .boolean()
    .default(false)
    .describe(
      'Whether jwksUrl may lead to an address of a private network (10.0.0.0/8 and so on). Link-local addresses are always refused.',
    ),
  jwksFile: filePath.optional().describe('The same keys as a file. Files are read again when they change.'),
  publicKeyFile: z
    .union([filePath, z.array(filePath).min(1).max(10)])
    .optional()
    .describe('One public key as PEM (SPKI), or a list of files while keys change.'),
  secret: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(10)])
    .meta({ secret: true })
    .optional()
    .describe('Shared secret for HS256, at least 32 bytes; or a list while it changes.'),
  secretFile: z
    .union([filePath, z.array(filePath).min(1).max(10)])
    .optional()
    .describe('The same from a file, or a list of files.'),
  loginPrefix: loginPrefix
    .optional()
    .describe("Put before every login. Needed by every issuer but the first, so that one's `bob` is not another's."),
  claims,
  roles: z
    .record(z.string().min(1).max(256), z.enum(['Viewer', 'Editor', 'Admin', 'None']))
    .optional()
    .describe(
      'Upstream role by value of the role claim, a text or a list of them; the first line that matches counts. Absent: the claim is the role itself.',
    ),
  allowInUrl: z
    .boolean()
    .default(false)
    .describe(
      'Take its tickets from `GET /_gate/enter?ticket=...&to=...`, for hosts that can only set the address of a frame. Addresses are kept in histories and logs of others: see docs/threat-model.md.',
    ),
});
