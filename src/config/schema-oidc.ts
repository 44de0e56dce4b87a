// The section signIn.oidc: identity providers by OpenID Connect.

import { z } from 'zod';
import { duration, filePath, loginPrefix, secretText } from './schema-parts.ts';

const claim = (fallback: string) =>
  z
    .string()
    .max(128)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, { error: 'is not the name of a claim. Write for example groups, or realm_access.roles' })
    .default(fallback);

export const oidcProvider = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, { error: 'is not a short name. Use lower-case letters, digits and "-"' })
    .describe('Short name of the provider; appears in addresses, logs and the list of sessions.'),
  label: z.string().min(1).max(80).optional().describe('Text of its button on the sign-in page. Default: "Sign in with" and the id.'),
  issuer: z
    .string()
    .min(1)
    .max(512)
    .describe("The provider's issuer, exactly as its discovery document spells it; https, or http on loopback."),
  clientId: z.string().min(1).max(512).describe('What framegate is called at the provider.'),
  clientSecret: secretText('Secret that the provider gave for the client. Absent: a public client, held by PKCE alone.').optional(),
  clientSecretFile: filePath.optional().describe('The same from a file.'),
  clientAuth: z
    .enum(['auto', 'basic', 'post'])
    .default('auto')
    .describe('How the secret is shown: basic in a header, post in the body. auto: basic where the provider takes it, else post.'),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/, { error: 'is not a scope. Use visible characters without quotes' }))
    .default(['openid', 'profile', 'email'])
    .describe('What is asked for; `openid` has to be among it.'),
  claims: z
    .strictObject({
      login: claim('preferred_username').describe('What X-WEBAUTH-USER carries.'),
      displayName: claim('name').describe('Name shown to people.'),
      email: claim('email').describe('E-mail address.'),
      emailVerified: claim('email_verified').describe('Says by `true` that the address is verified; else rules by domain do not count it.'),
      groups: claim('groups').describe('Groups.'),
    })
    .prefault({})
    .describe('Names of the claims. A dot leads into an object: `realm_access.roles`. The account is `sub` in any case.'),
  groupsFormat: z
    .enum(['list', 'text', 'words'])
    .default('list')
    .describe('list: groups are a list of texts. text: one text is one group. words: one text holds groups with spaces between them.'),
  userInfo: z.boolean().default(true).describe("Ask the provider's userinfo endpoint for claims that the ID token lacks."),
  loginPrefix: loginPrefix
    .optional()
    .describe(
      "Put before every login. Default: none; beside another issuer without one the id and a `-`, so that one's `bob` is not another's.",
    ),
  algorithms: z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']))
    .min(1)
    .default(['RS256'])
    .describe('Accepted signatures of ID and log-out tokens, of one family.'),
  clockTolerance: duration('30s').describe("How far the provider's clock may be off; at most 5m."),
  endProviderSession: z
    .boolean()
    .default(true)
    .describe('Signing out in a window goes on to the provider, which ends its own session too, where it has an address for that.'),
  postLogoutUrl: z
    .string()
    .optional()
    .describe(
      'Where the provider sends the browser after that; at publicUrl or at one of embed.hosts. Default: /_gate/signed-out at publicUrl. Register it at the provider.',
    ),
  ownCallback: z
    .boolean()
    .default(false)
    .describe(
      'Whether its redirect URI is /_gate/oidc/callback/ID in place of /_gate/oidc/callback. Needed beside other providers where this one does not name itself in its answers (RFC 9207, `iss`), so that no provider gets the code of another.',
    ),
  caFile: filePath.optional().describe("CA certificates (PEM) that the provider's certificate is checked by, in place of the public ones."),
  allowPrivateAddress: z
    .boolean()
    .default(false)
    .describe(
      "Whether the provider's addresses may lead into a private network (10.0.0.0/8 and so on). Link-local addresses are always refused.",
    ),
});
