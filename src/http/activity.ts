import type { Exchange, OwnRoute, RouteTools } from './route.ts';
import { sendNoContent } from './route.ts';

/**
 * A person does something in a dashboard that loads its data without navigations: told by storage.js at a key or pointer,
 * once a minute at most. Says nothing of the session, so a page learns nothing by it.
 */
export function createActivityRoute(tools: RouteTools): OwnRoute {
  async function noteActivity(exchange: Exchange): Promise<void> {
    await tools.sessions.read(exchange.req.headers.cookie, true);
    sendNoContent(tools, exchange);
  }
  return { path: '/session/active', origin: 'same-origin', post: { handle: noteActivity } };
}
