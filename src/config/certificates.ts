// Certificates as PEM, from a file that the configuration names.

import { X509Certificate } from 'node:crypto';
import { readNamedFile } from './file-text.ts';
import type { Findings } from './problem.ts';

interface Certificates {
  /** The blocks alone, without what stands between them. */
  readonly text: string;
  readonly first: X509Certificate;
}

interface CertificateContext {
  /** What a relative path starts from. */
  readonly folder: string;
  readonly findings: Findings;
}

/** @param path The key that names the file, for problems. @returns undefined after a problem. */
export function readCertificates(file: string, path: string, { folder, findings }: CertificateContext): Certificates | undefined {
  const content = readNamedFile(file, folder, path, findings);
  if (content === undefined) return undefined;
  const text = content.bytes.toString('latin1');
  // OpenSSL skips what it cannot read, and would then trust fewer CAs than were meant.
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  const certificates = blocks.map(parseCertificate);
  const [first] = certificates;
  if (first !== undefined && !certificates.includes(undefined)) return { text: blocks.join('\n'), first };
  findings.problems.push({
    path,
    what: blocks.length === 0 ? 'holds no certificate' : 'holds a certificate that cannot be read',
    wayOut: 'Write certificates as PEM, beginning with -----BEGIN CERTIFICATE-----',
  });
  return undefined;
}

function parseCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    // The caller says so; OpenSSL's own words would name nothing more.
    return undefined;
  }
}
