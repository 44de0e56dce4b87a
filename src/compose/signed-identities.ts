// The signers of the upstreams that get a token, and the public keys that anybody may check them with.

import type { JWK } from 'jose';
import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Route } from '../proxy/route.ts';
import { createSignedIdentity, type SignedIdentity } from '../proxy/signed-identity.ts';

export function composeSignedIdentities(routes: readonly Route[], clock: Clock): ReadonlyMap<Route, SignedIdentity> {
  return new Map(
    routes.flatMap((route): [Route, SignedIdentity][] => {
      const config = route.upstream.signedIdentity;
      return config === undefined ? [] : [[route, createSignedIdentity({ config, issuer: route.publicOrigin, clock })]];
    }),
  );
}

/** Every key once, whoever uses it; none: nothing is signed. */
export function listPublicKeys({ upstreams }: Pick<Config, 'upstreams'>): readonly JWK[] {
  const keys = upstreams.flatMap(({ signedIdentity }) => signedIdentity?.keys ?? []);
  return [...new Map(keys.map(({ kid, publicJwk }) => [kid, publicJwk])).values()];
}
