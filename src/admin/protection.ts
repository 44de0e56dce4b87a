// Who may ask the admin API: a program, not a page. A browser on the operator's machine reaches loopback as well, so what
// comes from a page is refused, and so is a name that somebody else's DNS could point here (DNS rebinding).

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { AdminConfig } from '../config/config.ts';
import { FramegateError } from '../kernel/errors.ts';

/**
 * @returns what lets a request pass or throws.
 * @throws {FramegateError} FRAMEGATE_UNKNOWN_HOST, FRAMEGATE_CROSS_ORIGIN, FRAMEGATE_ADMIN_REFUSED.
 */
export function createProtection({ host, hosts, token }: Pick<AdminConfig, 'host' | 'hosts' | 'token'>): (req: IncomingMessage) => void {
  const names = new Set(['localhost', host.toLowerCase(), ...hosts]);
  const expected = token === undefined ? undefined : digestOf(token.revealText());

  return function protect(req) {
    if (!isKnownName(req.headers.host, names)) throw new FramegateError('FRAMEGATE_UNKNOWN_HOST', { reason: 'admin-host' });
    const site = req.headers['sec-fetch-site'];
    if (req.headers.origin !== undefined || (site !== undefined && site !== 'none'))
      throw new FramegateError('FRAMEGATE_CROSS_ORIGIN', { reason: 'admin-from-a-page' });
    if (expected !== undefined && !timingSafeEqual(digestOf(bearerOf(req)), expected))
      throw new FramegateError('FRAMEGATE_ADMIN_REFUSED', { reason: 'admin-token' });
  };
}

/** An address cannot be rebound, whichever it is. */
function isKnownName(header: string | undefined, names: ReadonlySet<string>): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i.exec(header ?? '');
  if (match === null) return false;
  const name = (match[1] ?? '').toLowerCase();
  return isIP(name.replace(/^\[|\]$/g, '')) !== 0 || names.has(name);
}

function bearerOf(req: IncomingMessage): string {
  return /^bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1] ?? '';
}

/** Of equal length for any text, so that comparing tells nothing of where texts differ. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
