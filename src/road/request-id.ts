import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const REQUEST_ID = Symbol('request id');

/** Stays the same for one request: in the log line, the error answer, and the own routes' records. Made when it is asked for. */
export function requestIdOf(req: IncomingMessage & { [REQUEST_ID]?: string }): string {
  req[REQUEST_ID] ??= randomUUID();
  return req[REQUEST_ID];
}
