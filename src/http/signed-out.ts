// Where a log-out ends that could otherwise lead straight back in: a provider that still knows the person would sign
// them in again without a word.

import { buildMessagePage } from './pages/message-page.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';

export function createSignedOutRoute(tools: RouteTools): OwnRoute {
  function showSignedOut({ req, res, requestId }: Exchange): void {
    const content = {
      heading: 'You are signed out',
      sentences: ['Your session here has ended. On a shared computer, sign out where you signed in, too, and close the browser.'],
      requestId,
      link: { href: `${tools.gatePrefix()}/login`, text: 'Sign in' },
    };
    tools.pages.send(req, res, { status: 200, headerClass: 'top-level', build: (view) => buildMessagePage(view, content) });
  }

  return { path: '/signed-out', origin: 'same-origin', get: showSignedOut };
}
