// A host application may run express-session before us. Its middleware and ours both write `req.session`; here each
// is kept from seeing the other's.

import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

interface SessionFields {
  session?: unknown;
  sessionID?: unknown;
  sessionStore?: unknown;
}

/**
 * Hides the host's session from `ours` and gives it back before the host's own hooks on the answer run, so that the
 * host's session is saved as the host's, and ours never goes into its store or under its cookie.
 */
export function isolateFromHost(ours: RequestHandler): RequestHandler {
  return function ownSession(req, res, next) {
    // The cookie is Secure by configuration; express-session would not send it over http on loopback or behind a TLS
    // terminator that Express does not trust (SEC-F7, SEC-C13).
    Object.defineProperty(req, 'secure', { value: true, configurable: true });
    const fields = req as IncomingMessage & SessionFields;
    const host = { session: fields.session, sessionID: fields.sessionID, sessionStore: fields.sessionStore };
    if (host.session !== undefined) {
      Object.assign(fields, { session: undefined, sessionID: undefined, sessionStore: undefined });
      const restore = () => Object.assign(fields, host);
      const { writeHead, end } = res;
      // Hooks wrap these methods, the last one outermost: ours run first, then this, then the host's.
      res.writeHead = function restoreAndWriteHead(this: typeof res, ...args: never[]) {
        restore();
        return (writeHead as (...args: never[]) => typeof res).apply(this, args);
      } as typeof res.writeHead;
      res.end = function restoreAndEnd(this: typeof res, ...args: never[]) {
        restore();
        return (end as (...args: never[]) => typeof res).apply(this, args);
      } as typeof res.end;
    }
    ours(req, res, next);
  };
}
