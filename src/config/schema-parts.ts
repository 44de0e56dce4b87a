// Kinds of values that several parts of the schema use.

import { z } from 'zod';
import { parseDuration } from '../kernel/duration.ts';

export const duration = (fallback: string) =>
  z
    .string()
    .refine((text) => parseDuration(text) !== undefined, {
      error: 'is not a duration. Write a number and a unit: 500ms, 30s, 15m, 8h, 7d',
    })
    .default(fallback);

export const optionalDuration = z.string().refine((text) => parseDuration(text) !== undefined, {
  error: 'is not a duration. Write a number and a unit: 500ms, 30s, 15m, 8h, 7d',
});

/** Where to listen. @param port 0 takes a free one. */
export const listenKeys = (host: string, port: number) => ({
  host: z.string().min(1).default(host).describe('Address to listen on.'),
  port: z.int().min(0).max(65535).default(port).describe('Port; 0 takes a free one.'),
});

export const filePath = z.string().min(1);
export const headerName = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, {
  error: 'is not a header name. Use letters, digits and "-" only (an underscore is an alias that upstreams confuse)',
});

/** Marks a key whose value is never printed. */
export const secretText = (description: string) => z.string().min(1).describe(description).meta({ secret: true });

export const loginPrefix = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._@+|:/=~-]{0,63}$/, {
  error: 'cannot begin a login. Use letters, digits and . _ @ + | : / = ~ -, beginning with a letter or digit, such as "b-"',
});
