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

export const filePath = z.string().min(1);
export const headerName = z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, {
  error: 'is not a header name. Use letters, digits and "-" only (an underscore is an alias that upstreams confuse)',
});
