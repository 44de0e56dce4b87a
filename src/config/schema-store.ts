// Where state is kept that every instance of a deployment has to share.

import { z } from 'zod';
import { duration, filePath, secretText } from './schema-parts.ts';

/** Keys of the section `session`. */
export const storeKeys = {
  store: z
    .string()
    .min(1)
    .default('memory')
    .describe(
      'Where sessions, used tickets, counters of attempts and revocations are kept. memory: ends with the process. sqlite:FILE: outlives a restart; for processes of one machine. redis://HOST:PORT or rediss://HOST:PORT (TLS), a number of the database as its path: for several instances.',
    ),
  storePassword: secretText('Password for Redis; a user name stands in the URL.').optional(),
  storePasswordFile: filePath.optional().describe('The same from a file.'),
  storeCaFile: filePath
    .optional()
    .describe('CA certificates (PEM) that the certificate of a rediss:// server is checked by, in place of the public ones.'),
  storePrefix: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,64}$/, { error: 'is not a prefix of keys. Use letters, digits and . _ : -' })
    .default('framegate:')
    .describe('Begins every key in Redis. Deployments that share a server need one each.'),
  outageWindow: duration('5m').describe(
    'While the store cannot be reached, people who were signed in go on for this long; nobody can sign in.',
  ),
};
