// Grafana's own log-in, log-out, sign-up and password routes. A session of Grafana beside ours would outlive ours
// and belong to whoever typed a password (grafana.md 1.4: `POST /login` works beside auth.proxy).

const CLOSED = [
  /^\/login(?:\/|$)/,
  /^\/logout(?:\/|$)/,
  /^\/signup(?:\/|$)/,
  /^\/verify(?:\/|$)/,
  /^\/invite(?:\/|$)/,
  /^\/\.well-known\/change-password$/,
  /^\/user\/(?:email|password|auth-tokens)(?:\/|$)/,
  /^\/saml(?:\/|$)/,
  /^\/api\/user\/(?:signup|invite|email|password|auth-tokens|revoke-auth-token)(?:\/|$)/,
  /^\/api\/login\/passwordless(?:\/|$)/,
];

/**
 * Whether the path is one of them. Judged after one percent-decoding and in lower case: Grafana's router
 * unescapes each segment (`/%6cogin` is `/login`), and a closed door stays closed in every spelling (SEC-P8).
 */
export function isSignInRoute(path: string): boolean {
  // Byte by byte, so that bytes which are no UTF-8 (`/%6cogin/%ff`) do not hide the rest.
  const decoded = path
    .replaceAll(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .toLowerCase();
  return CLOSED.some((pattern) => pattern.test(decoded));
}
