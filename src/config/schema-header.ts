// The shape of sign-in by a header of the proxy in front.

import { z } from 'zod';
import { filePath, headerName, loginPrefix, secretText } from './schema-parts.ts';

export const headerSignIn = z.strictObject({
  trustedPeers: z
    .array(z.string())
    .min(1)
    .describe(
      'Addresses of the proxies whose word counts, each exactly one: 10.0.0.5, ::1. Compared with the connection, never with X-Forwarded-For.',
    ),
  user: headerName.default('X-Forwarded-User').describe('Carries the login.'),
  email: headerName.optional().describe('Carries the e-mail address.'),
  displayName: headerName.optional().describe('Carries the display name, in UTF-8.'),
  groups: headerName.optional().describe('Carries the groups.'),
  groupsSeparator: z
    .string()
    .regex(/^[,;| ]$/, { error: 'is not a separator. Write ",", ";", "|" or a space' })
    .default(',')
    .describe('Stands between two groups.'),
  issuer: z.string().min(1).max(512).default('header').describe('Who vouches, in accounts and links: the account is issuer and login.'),
  loginPrefix: loginPrefix
    .optional()
    .describe('Put before every login. Needed beside another issuer without one, such as the first of signIn.tickets.'),
  secretHeader: headerName.default('X-Framegate-Proxy-Secret').describe('Carries the shared secret, where there is one.'),
  secret: secretText('Shared secret that the proxy has to send in secretHeader; at least 32 bytes.').optional(),
  secretFile: filePath.optional().describe('File with the shared secret.'),
});
