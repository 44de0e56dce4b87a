// The library: what a host application imports.

export type { DecideQuery } from './compose/judge-query.ts';
export { ConfigError } from './config/error.ts';
export type { ConfigInput } from './config/schema.ts';
export { createGate, type Gate, type GateMiddleware, type GateOptions } from './gate.ts';
export type { Identity } from './kernel/identity.ts';
export type { Log } from './kernel/log.ts';
export type { Decision } from './policy/decision.ts';
export type { RevocationTarget } from './session/session.ts';
export { type CreateRevocationOptions, createRevocation } from './sign-in/create-revocation.ts';
export { type CreateTicketOptions, createTicket } from './sign-in/create-ticket.ts';
export type { HostIdentity } from './sign-in/host.ts';
