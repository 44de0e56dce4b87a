// Forms of ours prove that they come from a page that we gave to this browser (SEC-D1.4, SEC-B12.2): the token is an
// HMAC of a cookie that scripts cannot read, so nothing has to be stored before somebody signs in.

import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { deriveKey } from '../kernel/derive-key.ts';
import { Secret } from '../kernel/secret.ts';
import { keepTxCookie, readTxCookie } from './tx-cookie.ts';

export interface Csrf {
  /** A token for the next page; sets its cookie on the answer. */
  issue(req: IncomingMessage, res: ServerResponse): string;
  verify(req: IncomingMessage, token: string | undefined): boolean;
}

/** @param secret Any secret of the deployment, at least 32 bytes; the key for tokens is derived from it (SEC-D10.2). */
export function createCsrf(secret: Secret): Csrf {
  const key = Buffer.from(deriveKey(secret, 'csrf'), 'hex');
  const sign = (value: string): string => createHmac('sha256', key).update(value).digest('base64url');

  return {
    issue: (req, res) => sign(keepTxCookie(req, res)),
    verify(req, token) {
      const value = readTxCookie(req);
      return value !== undefined && token !== undefined && new Secret(sign(value)).equals(new Secret(token));
    },
  };
}
