// The shape of the signed identity of one upstream.

import { z } from 'zod';
import { duration, filePath, headerName } from './schema-parts.ts';

const claimName = z.string().regex(/^[A-Za-z][A-Za-z0-9_.:/-]{0,127}$/, {
  error: 'is not a claim name. Use letters, digits and _ . : / -, beginning with a letter',
});

export const signedIdentity = z.strictObject({
  header: headerName.default('X-JWT-Assertion').describe('Carries the token. Grafana: `[auth.jwt] header_name`.'),
  privateKeyFile: z
    .union([filePath, z.array(filePath).min(1).max(10)])
    .describe('Private key, PEM (PKCS 8) or JWK: Ed25519, P-256, P-384, P-521 or RSA. A list: the first signs, all are published.'),
  audience: z.string().min(1).max(512).optional().describe("The token's `aud`. Default: the name of the upstream."),
  lifetime: duration('60s').describe(
    'From `iat` to `exp`, 10s to 15m. One token serves several requests; a new one is made after half of it.',
  ),
  claims: z
    .strictObject({
      login: claimName.optional().describe('Carries the login, which `sub` always carries.'),
      name: claimName.optional().describe('Carries the display name.'),
      email: claimName.optional().describe('Carries the e-mail address, unless it is unverified.'),
      groups: claimName.optional().describe('Carries the groups, as a list.'),
      role: claimName.optional().describe('Carries the role.'),
      orgId: claimName.optional().describe('Carries the organisation.'),
    })
    .default({ name: 'name', email: 'email', groups: 'groups', role: 'role', orgId: 'orgId' })
    .describe('Names of the claims. What is left out is not sent.'),
});
