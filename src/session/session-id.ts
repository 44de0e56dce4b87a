import { createHash } from 'node:crypto';

/** Ids are held only as SHA-256, so whoever reads a store or its memory cannot present one (SEC-D1.5). */
export function hashSessionId(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}
