// What Prometheus reads. It tells how much is used and what fails, so it is protected as the admin API is (SEC-H15, ASVS
// 13.4.5): where admin has a token, the scrape needs it.

import { FramegateError } from '../kernel/errors.ts';
import type { AdminHandler, Reply } from './reply.ts';

const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** @param print The metrics as text in Prometheus' format 0.0.4. */
export function createMetricsHandler(reply: Reply, print: () => Promise<string>): AdminHandler {
  return function answerMetrics(req, res) {
    if (req.url !== '/metrics') return false;
    reply(req, res, async () => {
      if (req.method !== 'GET' && req.method !== 'HEAD') throw new FramegateError('FRAMEGATE_METHOD_NOT_ALLOWED', { allow: 'GET, HEAD' });
      return { type: TYPE, text: await print() };
    });
    return true;
  };
}
