import type { UpstreamConfig } from '../../config/config.ts';
import { nameFault, type OwnRequest, openOwnRequest } from './own-request.ts';

export interface Question extends OwnRequest {
  /** Longest answer, in bytes. */
  readonly maxBytes: number;
}

export interface TextAnswer {
  readonly status: number;
  /** undefined: longer than `maxBytes`. */
  readonly text: string | undefined;
}

/**
 * Asks an upstream for a short text; nothing is retried and no redirect followed. As long as the connection and the first
 * byte of an answer may take, all of it may.
 * @param done Called once: with the answer, or in one word what kept it from being one.
 * @returns what ends it early, without a call of `done`.
 */
export function askText(
  upstream: UpstreamConfig,
  { maxBytes, ...request }: Question,
  done: (outcome: TextAnswer | { readonly fault: string }) => void,
): () => void {
  const { connectMs, firstByteMs } = upstream.timeouts;
  const sent = openOwnRequest(upstream, request);
  let isOver = false;
  const end = (): boolean => {
    if (isOver) return false;
    isOver = true;
    clearTimeout(deadline);
    sent.destroy();
    return true;
  };
  const fail = (fault: string): void => {
    if (end()) done({ fault });
  };
  const deadline = setTimeout(() => fail('timeout'), connectMs + firstByteMs).unref();
  sent.once('response', (answer) => {
    const { statusCode: status = 0 } = answer;
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = (text: string | undefined): void => {
      if (end()) done({ status, text });
    };
    answer.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) finish(undefined);
      else chunks.push(chunk);
    });
    answer.on('end', () => finish(Buffer.concat(chunks).toString('utf8')));
    answer.on('error', (error) => fail(nameFault(error)));
  });
  sent.once('upgrade', (_answer, socket) => {
    socket.destroy();
    fail('unasked-upgrade');
  });
  sent.on('error', (error) => fail(nameFault(error)));
  sent.end();
  return end;
}
