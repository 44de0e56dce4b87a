// Secrets: from the key itself or from a file, as the bytes of the text, never decoded.

import { Secret } from '../kernel/secret.ts';
import { readNamedFile, withoutLineEnd } from './file-text.ts';
import type { Findings } from './problem.ts';
import { findWeakness } from './weak-secret.ts';

export interface SecretContext {
  readonly folder: string;
  /** Whether a literal stands in a file, where it gets copied and committed (SEC-B21.1); by formatted path. */
  readonly isInFile: (path: string) => boolean;
  readonly findings: Findings;
}

const MAKE_ONE = 'Make one with `framegate keygen --secret --out FILE`';

/** A literal secret; undefined after a problem. */
export function resolveLiteralSecret(text: string, path: string, context: SecretContext, minBytes?: number): Secret | undefined {
  if (context.isInFile(path)) {
    context.findings.warnings.push({
      path,
      what: 'is a secret in the configuration file',
      wayOut: 'Put it in a file of its own (secretFile) or in the environment',
    });
  }
  return checkSecret(Buffer.from(text), path, context.findings, minBytes);
}

/** A secret from a file, one line break at its end removed; undefined after a problem. */
export function resolveSecretFile(file: string, path: string, context: SecretContext, minBytes?: number): Secret | undefined {
  const bytes = readSecretBytes(file, path, context);
  return bytes && checkSecret(bytes, path, context.findings, minBytes);
}

/** The same of any strength, for what others have chosen. */
export function readSecretBytes(file: string, path: string, context: SecretContext): Buffer | undefined {
  const content = readNamedFile(file, context.folder, path, context.findings);
  if (content === undefined) return undefined;
  if (content.worldReadable) {
    context.findings.warnings.push({
      path,
      what: 'names a secret file that every user of this machine can read',
      wayOut: 'Run chmod 600 on it',
    });
  }
  return withoutLineEnd(content.bytes);
}

function checkSecret(bytes: Buffer, path: string, findings: Findings, minBytes?: number): Secret | undefined {
  const weakness = findWeakness(bytes, minBytes);
  if (weakness === undefined) return new Secret(bytes);
  findings.problems.push({ path, what: weakness, wayOut: MAKE_ONE });
  return undefined;
}
