// Grafana's own log-in, log-out, sign-up and password routes. A session of Grafana beside ours would outlive ours
// and belong to whoever typed a password (grafana.md 1.4: `POST /login` works beside auth.proxy).

import { decodePercent } from '../../kernel/decode-percent.ts';

const CLOSED =
  /^\/(?:login|logout|signup|verify|invite|saml|\.well-known\/change-password|user\/(?:email|password|auth-tokens)|api\/(?:user\/(?:signup|invite|email|password|auth-tokens|revoke-auth-token)|login\/passwordless))(?:\/|$)/;

/**
 * Whether the path is one of them. Judged after one percent-decoding and in lower case: Grafana's router
 * unescapes each segment (`/%6cogin` is `/login`), and a closed door stays closed in every spelling (SEC-P8).
 */
export function isSignInRoute(path: string): boolean {
  const decoded = decodePercent(path).toLowerCase();
  return CLOSED.test(decoded);
}
