// The body of a request that says there what it is about: read whole before anything goes upstream, so that what was
// judged is byte for byte what is forwarded. Every other body is streamed.

import type { IncomingMessage } from 'node:http';
import { FramegateError } from '../kernel/errors.ts';

/** The longest body that is judged, in bytes. */
const MAX_JUDGED_BYTES = 1024 * 1024;

/**
 * Reads a body to its end; how long that may take is the server's `requestTimeout`.
 * @returns The bytes; none where the request has no body.
 * @throws {FramegateError} FRAMEGATE_BODY_TOO_LARGE above 1 MiB: before anything is read where the length says so, else at
 *   the first byte too many. FRAMEGATE_BAD_REQUEST when the browser leaves.
 */
export function readJudgedBody(req: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { headers } = req;
    if (Number(headers['content-length'] ?? 0) > MAX_JUDGED_BYTES) {
      reject(tooLarge());
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    function stop(): void {
      req.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone);
    }
    function onData(chunk: Buffer): void {
      size += chunk.length;
      if (size <= MAX_JUDGED_BYTES) {
        chunks.push(chunk);
        return;
      }
      stop();
      req.pause();
      reject(tooLarge());
    }
    function onEnd(): void {
      stop();
      resolve(Buffer.concat(chunks));
    }
    function onGone(): void {
      stop();
      reject(new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'client-gone' }));
    }
    if (req.destroyed) onGone();
    else req.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  });
}

function tooLarge(): FramegateError {
  return new FramegateError('FRAMEGATE_BODY_TOO_LARGE', { reason: 'judged-body' });
}
