import type { JWK } from 'jose';
import { sendReply } from './reply.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';

/** How long others may keep the key set: a new key is published at least this long before it signs. In seconds. */
const MAX_AGE_SECONDS = 300;

/** The public keys of the signed identity, for upstreams that fetch them (RFC 7517 section 5). The same for everybody. */
export function createJwksRoute(tools: RouteTools, keys: readonly JWK[]): OwnRoute {
  const body = JSON.stringify({ keys });
  function sendKeys({ req, res }: Exchange): void {
    sendReply(tools.pages.ownHeaders, req, res, {
      status: 200,
      headerClass: 'data',
      type: 'application/jwk-set+json',
      headers: { 'Cache-Control': `public, max-age=${MAX_AGE_SECONDS}` },
      build: () => body,
    });
  }
  return { path: '/jwks.json', origin: 'any', get: sendKeys };
}
