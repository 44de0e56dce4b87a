// Our own routes with what they need: the sign-in methods, the one-time codes, the sessions.

import type express from 'express';
import { createReservedPrefix } from '../http/reserved-prefix.ts';
import { deriveKey } from '../kernel/derive-key.ts';
import type { StateStore } from '../kernel/state-store.ts';
import type { GateParts } from '../road/parts.ts';
import { requestIdOf } from '../road/request-id.ts';
import { createCodeLimit } from '../sign-in/code-limit.ts';
import type { LoginPolicy } from '../sign-in/login-policy.ts';
import type { OidcSignIn } from '../sign-in/oidc-ports.ts';
import { createPasswordSignIn } from '../sign-in/password.ts';
import { createPopupCodes } from '../sign-in/popup-codes.ts';
import { createTicketSignIn } from '../sign-in/ticket.ts';
import { auditOwnRoute } from './audit-own-routes.ts';
import { listPublicKeys } from './signed-identities.ts';

interface SignInParts {
  readonly state: StateStore;
  readonly logins: LoginPolicy;
  /** undefined: no identity provider is configured. */
  readonly oidc: OidcSignIn | undefined;
}

export function composeOwnRoutes(parts: GateParts, { state, logins, oidc }: SignInParts): express.Router {
  const { config, clock, log, sessions } = parts;
  const { users, tickets } = config.signIn;
  const [secret] = config.session.secrets;
  if (secret === undefined) throw new Error('no session secret');
  return createReservedPrefix({
    config,
    clock,
    log,
    sessions,
    answers: parts.answers,
    publicKeys: listPublicKeys(config),
    codes: createPopupCodes({ state, clock, keys: config.session.secrets.map((each) => deriveKey(each, 'popup-code')) }),
    codeLimit: createCodeLimit({ state, clock, rate: config.limits.ticketsPerAddress }),
    gatePrefix: parts.gatePrefix,
    clientAddress: parts.clientAddress,
    requestId: requestIdOf,
    readSession: async (req) => (await parts.identifyRequest?.(req)) ?? sessions.read(req.headers.cookie, false),
    secret,
    audit(event, fields, req) {
      log.info(event, fields);
      auditOwnRoute(parts.audit, event, fields, req, sessions.current(req)?.key);
    },
    ...(oidc === undefined ? {} : { oidc }),
    ...(users === undefined
      ? {}
      : { password: createPasswordSignIn({ users, limits: config.limits, state, clock, isRefusedLogin: logins.isRefusedLogin }) }),
    ...(tickets.length === 0
      ? {}
      : {
          tickets: createTicketSignIn({
            issuers: tickets,
            admit: logins.admit,
            limits: config.limits,
            state,
            clock,
            log,
          }),
        }),
  });
}
