// An exchange that belongs to no browser: what is fetched for everybody must not end with the one who asked first,
// and must not carry what that one said.

import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Exchange } from './ports.ts';

// The address of the request and who forwards it. What else a browser sends could choose an answer that all get
// (cache poisoning by headers that no key holds).
const KEPT = new Set([
  'connection',
  'host',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
]);

export interface DetachedExchange extends Exchange {
  /** Says to whoever watches that it is over; once. */
  close(): void;
}

/**
 * @param from The first asker's.
 * @param identityHeaders Lower-case names. They are sent as for every request; an answer that is called public does not depend on them.
 */
export function detachExchange(from: Exchange, identityHeaders: readonly string[], extra: OutgoingHttpHeaders): DetachedExchange {
  const headers: OutgoingHttpHeaders = { 'accept-encoding': 'identity', ...extra };
  for (const name of Object.keys(from.headers)) {
    if (KEPT.has(name) || identityHeaders.includes(name)) headers[name] = from.headers[name];
  }
  const req = new IncomingMessage(new Socket());
  req.method = 'GET';
  req.url = from.target;
  req.httpVersion = '1.1';
  req.httpVersionMajor = 1;
  req.httpVersionMinor = 1;
  req.complete = true;
  req.push(null);
  const res = new ServerResponse(req);
  let isOpen = true;
  return {
    req,
    res,
    target: from.target,
    headers,
    close() {
      if (!isOpen) return;
      isOpen = false;
      res.destroy();
      res.emit('close');
    },
  };
}
