import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const requestIds = new WeakMap<IncomingMessage, string>();

/** Stays the same for one request: in the log line, the error answer, and the own routes' records. Made when it is asked for. */
export function requestIdOf(req: IncomingMessage): string {
  const known = requestIds.get(req) ?? randomUUID();
  requestIds.set(req, known);
  return known;
}
