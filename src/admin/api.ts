// The admin API: JSON below /admin/api/, for operators' programs. The paths are exact; errors are RFC 9457's.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AdminConfig } from '../config/config.ts';
import { FramegateError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import { buildProblem, buildProblemHeaders, PROBLEM_TYPE } from '../kernel/problem.ts';
import { readJsonBody } from './body.ts';
import { createProtection } from './protection.ts';
import type { AdminRoute } from './route.ts';

const PREFIX = '/admin/api';
const MAX_TARGET_LENGTH = 2048;

export interface AdminApiOptions {
  readonly config: AdminConfig;
  readonly routes: readonly AdminRoute[];
  readonly log: Log;
}

/** Answers a request below `/admin/api/`; false: it is none. */
export type AdminApi = (req: IncomingMessage, res: ServerResponse) => boolean;

export function createAdminApi({ config, routes, log }: AdminApiOptions): AdminApi {
  const protect = createProtection(config);

  async function answer(req: IncomingMessage): Promise<unknown> {
    protect(req);
    const target = req.url ?? '';
    if (target.length > MAX_TARGET_LENGTH) throw new FramegateError('FRAMEGATE_TARGET_TOO_LONG');
    const [path = '', query = ''] = target.split('?', 2);
    const found = routes.filter((route) => PREFIX + route.path === path);
    if (found.length === 0) throw new FramegateError('FRAMEGATE_NOT_FOUND');
    const method = req.method === 'HEAD' ? 'GET' : req.method;
    const route = found.find((each) => each.method === method);
    if (route === undefined) {
      const allow = found.map((each) => (each.method === 'GET' ? 'GET, HEAD' : each.method)).join(', ');
      throw new FramegateError('FRAMEGATE_METHOD_NOT_ALLOWED', { allow });
    }
    return route.answer({
      query: new URLSearchParams(query),
      body: route.method === 'POST' ? await readJsonBody(req) : {},
      from: { address: req.socket.remoteAddress },
    });
  }

  async function reply(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    try {
      send(req, res, 200, 'application/json; charset=utf-8', await answer(req));
    } catch (error) {
      const known = error instanceof FramegateError ? error : new FramegateError('FRAMEGATE_INTERNAL', { cause: error });
      const fields = { requestId, address: req.socket.remoteAddress, code: known.code, reason: known.reason };
      if (known.status >= 500) log.error('admin.failed', { ...fields, error });
      else log.warn('admin.refused', fields);
      for (const [name, value] of Object.entries(buildProblemHeaders(known))) res.setHeader(name, value);
      // What is left of a refused body is not read.
      if (!req.complete) res.setHeader('Connection', 'close');
      send(req, res, known.status, PROBLEM_TYPE, buildProblem(known.code, requestId));
    }
  }

  return function answerAdminApi(req, res) {
    if (!(req.url ?? '').startsWith(`${PREFIX}/`)) return false;
    void reply(req, res);
    return true;
  };
}

function send(req: IncomingMessage, res: ServerResponse, status: number, type: string, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  res.writeHead(status, {
    'Content-Type': type,
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}
