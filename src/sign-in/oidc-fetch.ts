// The one way that openid-client reaches an identity provider.

import type { CustomFetch } from 'openid-client';
import type { OidcProviderConfig } from '../config/oidc-provider.ts';
import { isLoopbackHostname } from '../kernel/origin.ts';
import { sendGuarded } from './guarded-request.ts';

export type GuardedFetch = CustomFetch;

/** Statuses whose answer has no body (Fetch, section 2.2.3). */
const WITHOUT_BODY: readonly number[] = [204, 205, 304];

export function createGuardedFetch({ ca, allowPrivateAddress }: Pick<OidcProviderConfig, 'ca' | 'allowPrivateAddress'>): GuardedFetch {
  return async function guardedFetch(url, { method, headers, body }) {
    const answer = await sendGuarded({
      url,
      method,
      headers,
      allowPrivate: allowPrivateAddress,
      ca,
      ...(body instanceof URLSearchParams ? { body: body.toString() } : {}),
    });
    const type = answer.headers['content-type'];
    return new Response(WITHOUT_BODY.includes(answer.status) ? null : new Uint8Array(answer.body), {
      status: answer.status,
      headers: {
        ...(type === undefined ? {} : { 'Content-Type': type }),
        ...(answer.headers['www-authenticate'] === undefined ? {} : { 'WWW-Authenticate': answer.headers['www-authenticate'] }),
      },
    });
  };
}

/** http on loopback. */
export function isPlainHttp(address: string): boolean {
  const url = URL.parse(address);
  return url !== null && url.protocol === 'http:' && isLoopbackHostname(url.hostname);
}
