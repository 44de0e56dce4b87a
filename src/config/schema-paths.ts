// What requests do to an upstream that framegate knows nothing about: rules by path and method.

import { z } from 'zod';
import { CAPABILITIES } from '../policy/capability.ts';

// What the guard lets through in a path; escapes only of what cannot stand there by itself.
const TEXT = "(?:[A-Za-z0-9._~!$&'()+,=:@-]|%20|%[89A-F][0-9A-F])*";
const SEGMENT = `(?!\\.{1,2}(?:/|$))${TEXT}(?:\\*(?!\\*)${TEXT})?`;
const PATTERN = new RegExp(`^/(?:(?!/)${SEGMENT}/)*(?:\\*\\*|${SEGMENT})$`);

export const pathRule = z.strictObject({
  path: z
    .string()
    .max(1000)
    .refine((path) => PATTERN.test(path) && isText(path), {
      error:
        'is not a path pattern. Write a path such as /reports/today, other letters as %C3%A9; * is text within a segment, once in each; a last /** is everything below',
    })
    .describe('Path below the mount, byte for byte. `*`: any text within one segment; `/**` at the end: the path itself and all below it.'),
  methods: z
    .array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']))
    .min(1)
    .optional()
    .describe('Absent: every method. GET implies HEAD, and the upgrade to a WebSocket is a GET.'),
  capability: z.enum(CAPABILITIES).describe('What such a request does; see docs/capabilities.md. `auth`: nobody may.'),
});

function isText(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
