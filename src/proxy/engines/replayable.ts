import type { IncomingMessage } from 'node:http';

/** Whether a request may be sent a second time: idempotent, and without a body that has been read already (PRX-32). */
export function isReplayable(req: IncomingMessage): boolean {
  if (req.headers['content-length'] !== undefined || req.headers['transfer-encoding'] !== undefined) return false;
  return req.method === 'GET' || req.method === 'HEAD' || req.method === 'OPTIONS';
}
