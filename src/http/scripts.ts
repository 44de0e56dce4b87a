import type { Asset } from './assets.ts';
import { sendReply } from './reply.ts';
import type { Exchange, OwnRoute, RouteTools } from './route.ts';

/** RFC 9110 13.1.2: weak comparison, so that a tag which a compressing proxy marked weak still matches. */
function matchesEtag(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

/** Files of public/: no session, no cookie, the same for everybody. */
export function createScriptRoutes(tools: RouteTools): OwnRoute[] {
  function createRoute({ path, type, headers: headerClass, content, etag }: Asset): OwnRoute {
    function sendScript({ req, res }: Exchange): void {
      const headers = { ETag: etag };
      if (matchesEtag(req.headers['if-none-match'], etag))
        sendReply(tools.pages.ownHeaders, req, res, { status: 304, headerClass, headers });
      else sendReply(tools.pages.ownHeaders, req, res, { status: 200, headerClass, type, headers, build: () => content });
    }
    return { path, origin: 'any', get: sendScript };
  }
  return [...tools.pages.assets.values()].map(createRoute);
}
