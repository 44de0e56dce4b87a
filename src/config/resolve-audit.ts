// The audit log: a file that cannot be written is found before the start.

import { accessSync, constants, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { AuditConfig } from './config.ts';
import { describeFileError } from './file-text.ts';
import type { Findings } from './problem.ts';
import type { ParsedConfig } from './schema.ts';

const PATH = 'audit.file';

/** @param folder What a relative path starts from. */
export function resolveAudit({ to, file, decisions }: ParsedConfig['audit'], folder: string, findings: Findings): AuditConfig {
  if (to === 'file' && file === undefined)
    findings.problems.push({ path: PATH, what: 'is missing', wayOut: 'Name the file, or write audit.to: stdout' });
  if (to !== 'file' && file !== undefined)
    findings.problems.push({ path: PATH, what: `stands beside audit.to: ${to}`, wayOut: 'Write audit.to: file, or remove it' });
  if (to !== 'file' || file === undefined) return { to: to === 'off' ? 'off' : 'stdout', decisions };
  const path = resolve(folder, file);
  checkWritable(path, findings);
  return { to: 'file', file: path, decisions };
}

function checkWritable(path: string, findings: Findings): void {
  try {
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() === true) findings.problems.push({ path: PATH, what: 'names a directory', wayOut: 'Name a file in it' });
    else if (there !== undefined) accessSync(path, constants.W_OK);
  } catch (error) {
    const { value } = describeFileError(error, PATH, path);
    findings.problems.push({
      path: PATH,
      what: 'names a file that cannot be written',
      ...(value === undefined ? {} : { value }),
      wayOut: 'Make its folder, writable for the user that framegate runs as',
    });
  }
}
