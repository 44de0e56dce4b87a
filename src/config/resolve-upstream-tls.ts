// What an https upstream is checked by, and what framegate shows of itself. Verification cannot be switched off.

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { Secret } from '../kernel/secret.ts';
import { readCertificates } from './certificates.ts';
import type { UpstreamTls } from './config.ts';
import { readNamedFile } from './file-text.ts';
import type { Findings } from './problem.ts';
import type { ParsedConfig } from './schema.ts';

type ParsedTls = NonNullable<ParsedConfig['upstreams'][string]['tls']>;

export interface TlsContext {
  /** What relative paths start from. */
  readonly folder: string;
  /** The configuration key, for problems. */
  readonly path: string;
  readonly findings: Findings;
}

export function resolveUpstreamTls(parsed: ParsedTls, context: TlsContext): UpstreamTls {
  const { path, findings } = context;
  if ((parsed.certFile === undefined) !== (parsed.keyFile === undefined)) {
    const [has, lacks] = parsed.certFile === undefined ? ['keyFile', 'certFile'] : ['certFile', 'keyFile'];
    findings.problems.push({ path: `${path}.${has}`, what: `has no ${lacks} beside it`, wayOut: 'Give both, or neither' });
  }
  const ca = parsed.caFile === undefined ? undefined : readCertificates(parsed.caFile, `${path}.caFile`, context);
  const cert = parsed.certFile === undefined ? undefined : readCertificates(parsed.certFile, `${path}.certFile`, context);
  const key = parsed.keyFile === undefined ? undefined : readKey(parsed.keyFile, context);
  if (cert !== undefined && key !== undefined && cert.first.checkPrivateKey(key.key) === false) {
    findings.problems.push({
      path: `${path}.keyFile`,
      what: 'is not the key of the certificate in certFile',
      wayOut: 'Give the two that belong together; the own certificate comes first in certFile, its chain after it',
    });
  }
  return { ca: ca?.text, cert: cert?.text, key: key?.secret, serverName: parsed.serverName };
}

function readKey(file: string, { folder, path, findings }: TlsContext): { key: KeyObject; secret: Secret } | undefined {
  const content = readNamedFile(file, folder, `${path}.keyFile`, findings);
  if (content === undefined) return undefined;
  if (content.worldReadable) {
    findings.warnings.push({
      path: `${path}.keyFile`,
      what: 'names a private key that every user of this machine can read',
      wayOut: 'Run chmod 600 on it',
    });
  }
  try {
    return { key: createPrivateKey(content.bytes), secret: new Secret(content.bytes) };
  } catch (error) {
    const encrypted = (error as { code?: string }).code === 'ERR_MISSING_PASSPHRASE';
    findings.problems.push({
      path: `${path}.keyFile`,
      what: encrypted ? 'holds an encrypted private key' : 'holds no private key that can be read',
      wayOut: encrypted ? 'Write it without a passphrase, readable by framegate alone' : 'Write the private key as PEM',
    });
    return undefined;
  }
}
