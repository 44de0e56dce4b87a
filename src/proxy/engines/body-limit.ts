// The longest body that goes upstream (PRX-21, SEC-B7.6): refused by its length where that is known, else counted as it
// streams by. Nothing is held back for it.

import type { IncomingMessage } from 'node:http';
import { FramegateError } from '../../kernel/errors.ts';

/** What refuses a Content-Length above the bound, before anything is sent. */
export function findLengthFault(req: IncomingMessage, maxBytes: number | undefined): FramegateError | undefined {
  return maxBytes !== undefined && Number(req.headers['content-length'] ?? 0) > maxBytes ? tooLarge() : undefined;
}

/**
 * Calls `onExceeded` once when a chunked body turns out too long. Call it in the turn in which the engine takes the
 * body: it listens along, and would else set it flowing alone.
 */
export function watchBodyLength(req: IncomingMessage, maxBytes: number | undefined, onExceeded: (error: FramegateError) => void): void {
  if (maxBytes === undefined || req.headers['transfer-encoding'] === undefined) return;
  let size = 0;
  req.on('data', function count(chunk: Buffer) {
    size += chunk.length;
    if (size <= maxBytes) return;
    req.removeListener('data', count);
    onExceeded(tooLarge());
  });
}

function tooLarge(): FramegateError {
  return new FramegateError('FRAMEGATE_BODY_TOO_LARGE', { reason: 'upstream-body' });
}
