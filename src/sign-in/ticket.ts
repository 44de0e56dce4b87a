// Sign-in by a ticket: a short-lived, single-use JWT that a host application's server signs for one viewer.
// Who holds a valid ticket is authenticated, not yet authorized; `decide` has not run.

import { createHash } from 'node:crypto';
import type { Config, TicketIssuerConfig } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { type Log, silentLog } from '../kernel/log.ts';
import type { StateStore } from '../kernel/state-store.ts';
import { addressKey } from './address-key.ts';
import { createAttemptLimit } from './attempt-limit.ts';
import type { KeyFinder } from './key-finder.ts';
import type { LoginPolicy } from './login-policy.ts';
import type { TicketContext, TicketSignIn, VerifiedRevocation, VerifiedTicket } from './ports.ts';
import { REVOCATION_TYPE, readRevocationClaims } from './revocation-claims.ts';
import { readTicketClaims, TICKET_TYPE } from './ticket-claims.ts';
import { readTicketForm, type TicketForm } from './ticket-form.ts';
import { createTicketKeys } from './ticket-keys.ts';
import { refuseTicket } from './ticket-refusal.ts';
import { verifySignature } from './ticket-signature.ts';
import { createUsedTickets } from './used-tickets.ts';

export interface TicketSignInOptions {
  readonly issuers: readonly TicketIssuerConfig[];
  /** Which login a person may carry. */
  readonly admit: LoginPolicy['admit'];
  readonly limits: Pick<Config['limits'], 'ticketsPerAddress' | 'ticketsPerIssuer'>;
  /** Remembers used tickets, and counts. */
  readonly state: StateStore;
  readonly clock: Clock;
  /** Told when keys cannot be read. Default: nobody. */
  readonly log?: Log;
}

interface Issuer {
  readonly config: TicketIssuerConfig;
  readonly keys: KeyFinder;
}

/** @throws {Error} when an issuer's keys or algorithms are unusable. */
export function createTicketSignIn(options: TicketSignInOptions): TicketSignIn {
  const { state, clock, limits, log = silentLog } = options;
  const issuers: Issuer[] = options.issuers.map((config) => ({ config, keys: createTicketKeys(config, { clock, log }) }));
  const usedTickets = createUsedTickets(state);
  const refusals = createAttemptLimit({ state, clock, name: 'refused-tickets', rate: limits.ticketsPerAddress });
  const uses = createAttemptLimit({ state, clock, name: 'used-tickets', rate: limits.ticketsPerIssuer });

  /** @param judge Its refusals count on the client's address. */
  async function limit<Verified>(address: string, judge: () => Promise<Verified>): Promise<Verified> {
    const key = addressKey(address);
    const retryAfterSeconds = await refusals.secondsLocked(key);
    if (retryAfterSeconds !== undefined) throw tooMany('refused-tickets', retryAfterSeconds);
    try {
      return await judge();
    } catch (error) {
      // Only what the client sent counts against it, not keys or a store that cannot be read.
      if (error instanceof FramegateError && error.code === 'FRAMEGATE_TICKET_REFUSED') await refusals.count(key);
      throw error;
    }
  }

  async function judge(ticket: string, { inUrl = false }: TicketContext): Promise<VerifiedTicket> {
    const form = readTicketForm(ticket);
    const { config, keys } = findIssuer(form);
    // Burnt or not, an address is written to logs and histories (SEC-B14.16).
    if (inUrl && !config.allowInUrl) throw new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'ticket-in-query' });
    const expected = { type: TICKET_TYPE, requiredClaims: ['exp', 'iat', 'jti', 'sub'] };
    const verified = await verifySignature(ticket, form, { config, keys, now: clock.now, ...expected });
    const { jti, issuedAtMs, usableUntilMs, endsAtMs, narrowing, ...claims } = readTicketClaims(verified, config, clock.now());
    const identity = options.admit(claims.identity);
    if (typeof identity === 'string') throw refuseTicket(identity);
    // Again: fetching keys takes time, and a use that is remembered for no time at all would not be remembered.
    if (usableUntilMs <= clock.now()) throw refuseTicket('expired');
    await useUp(config.issuer, jti, usableUntilMs);
    return {
      identity,
      vouchedAtMs: issuedAtMs,
      jtiHash: hashJti(jti),
      ...(endsAtMs === undefined ? {} : { endsAtMs }),
      ...(narrowing === undefined ? {} : { narrowing }),
    };
  }

  async function judgeRevocation(token: string): Promise<VerifiedRevocation> {
    const form = readTicketForm(token);
    const { config, keys } = findIssuer(form);
    const expected = { type: REVOCATION_TYPE, requiredClaims: ['exp', 'iat', 'jti'] };
    const verified = await verifySignature(token, form, { config, keys, now: clock.now, ...expected });
    const { jti, usableUntilMs, subject, startedUntilMs, vouchedUntilMs } = readRevocationClaims(verified, config);
    if (usableUntilMs <= clock.now()) throw refuseTicket('expired');
    // Not counted with the tickets of the issuer: a log-out is never one too many.
    if (!(await usedTickets.use({ issuer: config.issuer, jti, untilMs: usableUntilMs }))) throw refuseTicket('replayed');
    const reach = { startedUntilMs, vouchedUntilMs };
    return { issuer: config.issuer, ...(subject !== undefined && { subject }), ...reach, jtiHash: hashJti(jti) };
  }

  /** Counted first, as a ticket that is one too many can be used later; what was used before does not count. */
  async function useUp(issuer: string, jti: string, untilMs: number): Promise<void> {
    const retryAfterSeconds = await uses.count(issuer);
    if (retryAfterSeconds !== undefined) throw tooMany('tickets-of-issuer', retryAfterSeconds);
    // Of parallel uses, on all instances, exactly one wins (SEC-B14.1).
    if (await usedTickets.use({ issuer, jti, untilMs })) return;
    await uses.takeBack(issuer);
    throw refuseTicket('replayed');
  }

  /** Picks whose keys to ask, by claims that are not verified yet; the signature then holds the ticket to that issuer. */
  function findIssuer({ unverified, algorithm }: TicketForm): Issuer {
    const named = issuers.filter(({ config }) => config.issuer === unverified['iss']);
    const forAudience = named.filter(({ config }) => config.audience === unverified['aud']);
    const found = forAudience.find(({ config }) => config.algorithms.includes(algorithm)) ?? forAudience[0] ?? named[0];
    if (found === undefined) throw refuseTicket('issuer-unknown');
    return found;
  }

  return {
    takesUrl: issuers.some(({ config }) => config.allowInUrl),
    verify: (ticket, context) => limit(context.address, () => judge(ticket, context)),
    verifyRevocation: (token, { address }) => limit(address, () => judgeRevocation(token)),
  };
}

/** For the log: names the token, and is none. */
function hashJti(jti: string): string {
  return createHash('sha256').update(jti).digest('hex').slice(0, 16);
}

function tooMany(reason: string, retryAfterSeconds: number): FramegateError {
  return new FramegateError('FRAMEGATE_TOO_MANY', { reason, retryAfterSeconds });
}
