// The admin API: JSON below /admin/api/, for operators' programs. The paths are exact.

import type { IncomingMessage } from 'node:http';
import { FramegateError } from '../kernel/errors.ts';
import { readJsonBody } from './body.ts';
import type { AdminHandler, Reply } from './reply.ts';
import type { AdminRoute } from './route.ts';

const PREFIX = '/admin/api';
const MAX_TARGET_LENGTH = 2048;

export interface AdminApiOptions {
  readonly reply: Reply;
  readonly routes: readonly AdminRoute[];
}

export function createAdminApi({ reply, routes }: AdminApiOptions): AdminHandler {
  async function answer(req: IncomingMessage): Promise<unknown> {
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

  return function answerAdminApi(req, res) {
    if (!(req.url ?? '').startsWith(`${PREFIX}/`)) return false;
    reply(req, res, async () => ({ type: 'application/json; charset=utf-8', text: `${JSON.stringify(await answer(req))}\n` }));
    return true;
  };
}
