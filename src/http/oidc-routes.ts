// The routes of sign-in with identity providers.

import type { OidcSignIn } from '../sign-in/oidc-ports.ts';
import { createBackchannelLogoutRoute } from './oidc-backchannel.ts';
import { createOidcCallbackRoute } from './oidc-callback.ts';
import { createOidcStartRoute } from './oidc-start.ts';
import type { OwnRoute, RouteTools } from './route.ts';
import { createSignedOutRoute } from './signed-out.ts';

export function createOidcRoutes(tools: RouteTools, oidc: OidcSignIn): readonly OwnRoute[] {
  return [
    createOidcStartRoute(tools, oidc),
    ...oidc.callbacks.map((path) => createOidcCallbackRoute(tools, oidc, path)),
    createBackchannelLogoutRoute(tools, oidc),
    createSignedOutRoute(tools),
  ];
}
