// How the admin listener answers what not everybody may ask: to programs that `createProtection` lets pass; errors are
// RFC 9457's.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdminConfig } from '../config/config.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { buildProblem, buildProblemHeaders, PROBLEM_TYPE } from '../kernel/problem.ts';
import { createProtection } from './protection.ts';

/** An answer with status 200. */
interface AdminAnswer {
  readonly type: string;
  readonly text: string;
}

/** Answers one request by what `answer` gives or throws, unless it is refused before. */
export type Reply = (req: IncomingMessage, res: ServerResponse, answer: () => Promise<AdminAnswer>) => void;

/** Answers a request that is for it; false: it is not. */
export type AdminHandler = (req: IncomingMessage, res: ServerResponse) => boolean;

export function createReply(config: AdminConfig, log: Log): Reply {
  const protect = createProtection(config);

  async function reply(req: IncomingMessage, res: ServerResponse, answer: () => Promise<AdminAnswer>): Promise<void> {
    const requestId = randomUUID();
    try {
      protect(req);
      send(req, res, 200, await answer());
    } catch (error) {
      const known = error instanceof FramegateError ? error : new FramegateError('FRAMEGATE_INTERNAL', { cause: error });
      const fields = { requestId, address: req.socket.remoteAddress, code: known.code, reason: known.reason };
      if (known.status >= 500) log.error('admin.failed', { ...fields, error });
      else log.warn('admin.refused', fields);
      for (const [name, value] of Object.entries(buildProblemHeaders(known))) res.setHeader(name, value);
      // What is left of a refused body is not read.
      if (!req.complete) res.setHeader('Connection', 'close');
      send(req, res, known.status, { type: PROBLEM_TYPE, text: `${JSON.stringify(buildProblem(known.code, requestId))}\n` });
    }
  }

  return (req, res, answer) => void reply(req, res, answer);
}

function send(req: IncomingMessage, res: ServerResponse, status: number, { type, text }: AdminAnswer): void {
  const body = Buffer.from(text);
  res.writeHead(status, {
    'Content-Type': type,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}
