// Our own routes with what they need: the sign-in methods, the one-time codes, the sessions.

import type express from 'express';
import { createReservedPrefix } from '../http/reserved-prefix.ts';
import { presetFor } from '../presets/index.ts';
import { requestIdOf } from '../road/http.ts';
import type { GateParts } from '../road/parts.ts';
import { createCodeLimit } from '../sign-in/code-limit.ts';
import { createLoginPolicy } from '../sign-in/login-policy.ts';
import { createPasswordSignIn } from '../sign-in/password.ts';
import { createPopupCodes } from '../sign-in/popup-codes.ts';
import { createTicketSignIn } from '../sign-in/ticket.ts';

export function composeOwnRoutes(parts: GateParts): express.Router {
  const { config, clock, log, sessions } = parts;
  const { users, tickets } = config.signIn;
  const builtInAdmins = config.upstreams.flatMap((upstream) => presetFor(upstream.preset).builtInAdmins);
  const logins = createLoginPolicy({ builtInAdmins, rules: config.rules, users: users ?? [] });
  const [secret] = config.session.secrets;
  if (secret === undefined) throw new Error('no session secret');
  return createReservedPrefix({
    config,
    clock,
    log,
    sessions,
    answers: parts.answers,
    codes: createPopupCodes({ clock }),
    codeLimit: createCodeLimit(config.limits),
    gatePrefix: parts.gatePrefix,
    clientAddress: parts.clientAddress,
    requestId: requestIdOf,
    readSession: async (req) => (await parts.identifyHost?.(req)) ?? sessions.read(req.headers.cookie, false),
    secret,
    audit: (event, fields) => log.info(event, fields),
    ...(users === undefined
      ? {}
      : { password: createPasswordSignIn({ users, limits: config.limits, clock, isRefusedLogin: logins.isRefusedLogin }) }),
    ...(tickets.length === 0
      ? {}
      : {
          tickets: createTicketSignIn({
            issuers: tickets,
            isPasswordAccount: logins.isPasswordAccount,
            isRefusedLogin: logins.isRefusedLogin,
            limits: config.limits,
            clock,
            log,
          }),
        }),
  });
}
