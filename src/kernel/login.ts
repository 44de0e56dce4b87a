// The one rule for what may become X-WEBAUTH-USER, whatever the sign-in method.

/** Longest login, in characters (OpenID Connect Core 2 bounds `sub` at 255). */
const MAX_LOGIN_LENGTH = 255;

// No space, comma, angle bracket or quote: Grafana parses a login as an RFC 5322 address, and
// `x <admin@localhost>` would then take over the administrator's account (grafana.md, fact 3).
// Must start with a letter or digit, so `__proto__` and `-flag` are no logins either.
const LOGIN = /^[A-Za-z0-9][A-Za-z0-9._@+|:/=~-]*$/;

/** The login if the text may be one (1 to 255 characters of `A-Z a-z 0-9 . _ @ + | : / = ~ -`), else undefined. */
export function parseLogin(text: unknown): string | undefined {
  if (typeof text !== 'string' || text.length > MAX_LOGIN_LENGTH) return undefined;
  return LOGIN.test(text) ? text : undefined;
}
