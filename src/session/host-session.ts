// A host application may run express-session, or another that uses the same names, before us. Its middleware and ours
// both write `req.session`; here each is kept from seeing the other's.

import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';

const FIELDS = ['session', 'sessionID', 'sessionStore'] as const;

/**
 * Hides the host's session from `ours` and gives it back before the host's own hooks on the answer run, so that the
 * host's session is saved as the host's, and ours never goes into its store or under its cookie.
 */
export function isolateFromHost(ours: RequestHandler): RequestHandler {
  return function ownSession(req, res, next) {
    // The cookie is Secure by configuration; express-session would not send it over http on loopback or behind a TLS
    // terminator that Express does not trust (SEC-F7, SEC-C13).
    Object.defineProperty(req, 'secure', { value: true, configurable: true });
    if (FIELDS.some((name) => Object.hasOwn(req, name))) {
      const restore = hideFields(req);
      const { writeHead, end } = res;
      // Hooks wrap these methods, the last one outermost: ours run first, then this, then the host's.
      res.writeHead = function restoreAndWriteHead(this: typeof res, ...args: never[]) {
        restore();
        return (writeHead as (...args: never[]) => typeof res).apply(this, args);
      } as typeof res.writeHead;
      res.end = function restoreAndEnd(this: typeof res, ...args: never[]) {
        // Left to the end, the head would be written after the fields are the host's again, and our cookie would
        // carry the host's id.
        if (!this.headersSent) this.writeHead(this.statusCode);
        restore();
        return (end as (...args: never[]) => typeof res).apply(this, args);
      } as typeof res.end;
    }
    ours(req, res, next);
  };
}

/** As properties, not as values: some sessions (cookie-session) take an assignment of undefined for a log-out. */
function hideFields(req: IncomingMessage): () => void {
  const hidden = FIELDS.map((name) => [name, Object.getOwnPropertyDescriptor(req, name)] as const);
  for (const name of FIELDS) Object.defineProperty(req, name, { value: undefined, writable: true, enumerable: true, configurable: true });
  return function restore() {
    for (const [name, descriptor] of hidden) {
      if (descriptor === undefined) Reflect.deleteProperty(req, name);
      else Object.defineProperty(req, name, descriptor);
    }
  };
}
