// The shape of the admin listener's section.

import { z } from 'zod';
import { filePath, listenKeys, secretText } from './schema-parts.ts';

export const adminListener = z
  .union([
    z.literal(false),
    z
      .strictObject({
        ...listenKeys('127.0.0.1', 8002),
        hosts: z
          .array(
            z
              .string()
              .regex(/^[a-z0-9_]([a-z0-9_.-]{0,252}[a-z0-9_])?$/, { error: 'is not a host name. Write it in lower case, without a port' }),
          )
          .default([])
          .describe('Host names that the admin API and /metrics are asked by, beside addresses, localhost and admin.host.'),
        token: secretText('Token of the admin API and of /metrics; at least 32 bytes. Required unless admin.host is loopback.').optional(),
        tokenFile: filePath.optional().describe('File with the token.'),
      })
      .prefault({}),
  ])
  .prefault({})
  .describe('Listener for health, readiness, metrics and the admin API; false switches it off.');
