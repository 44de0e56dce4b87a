// Everything below the reserved prefix: the own routes, and an end for what they are not.

import type { IncomingMessage, ServerResponse } from 'node:http';
import express from 'express';
import { FramegateError } from '../kernel/errors.ts';
import type { OwnRoutesDeps } from './route.ts';
import { createOwnRoutes } from './routes.ts';

/** Other spellings of the prefix (SEC-D12.2) lead nowhere, and not to the host application either. */
export function createReservedPrefix(deps: OwnRoutesDeps): express.Router {
  function answerNotFound(req: IncomingMessage, res: ServerResponse): void {
    deps.answers.problem(req, res, new FramegateError('FRAMEGATE_NOT_FOUND'), { requestId: deps.requestId(req) });
  }

  return express.Router({ caseSensitive: true, strict: true }).use('/_gate', createOwnRoutes(deps)).use(answerNotFound);
}
