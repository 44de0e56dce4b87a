import type { ClientRequest, IncomingMessage } from 'node:http';
import type { UpstreamAnswer } from './engine.ts';

/** The answer that node:http parsed, as the seam hands it back. */
export function toAnswer(answer: IncomingMessage, upstreamRequest: ClientRequest | undefined): UpstreamAnswer {
  return {
    status: answer.statusCode ?? 0,
    rawHeaders: answer.rawHeaders,
    body: answer,
    isComplete: () => answer.complete,
    destroy() {
      answer.destroy();
      upstreamRequest?.destroy();
    },
  };
}
