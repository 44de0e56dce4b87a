// The shape of the audit log's section.

import { z } from 'zod';
import { filePath } from './schema-parts.ts';

export const audit = z
  .strictObject({
    to: z
      .enum(['stdout', 'file', 'off'])
      .default('stdout')
      .describe('Where audit lines go. stdout: beside the log, and muted with log.level: silent.'),
    file: filePath.optional().describe('The file for `to: file`; opened anew on SIGHUP and SIGUSR2, made with mode 0600.'),
    decisions: z
      .enum(['denied', 'writes', 'all'])
      .default('writes')
      .describe('Which decisions of the rules are kept. writes: denials, and what was allowed that changes or administrates something.'),
  })
  .prefault({})
  .describe('Who did what: one JSON line for each event that matters.');
