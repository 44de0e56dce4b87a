// Sign-in by a ticket: a short-lived, single-use JWT that a host application's server signs for one viewer.
// Who holds a valid ticket is authenticated, not yet authorized; `decide` has not run.

import { createHash } from 'node:crypto';
import { type JWTPayload, jwtVerify } from 'jose';
import type { Config, TicketIssuerConfig } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import { FramegateError } from '../kernel/errors.ts';
import { type Log, silentLog } from '../kernel/log.ts';
import { addressKey } from './address-key.ts';
import { createAttemptLimit } from './attempt-limit.ts';
import type { TicketSignIn, VerifiedTicket } from './ports.ts';
import { CLOCK_TOLERANCE_SECONDS, MAX_LIFETIME_SECONDS, readTicketClaims, TICKET_TYPE } from './ticket-claims.ts';
import { readTicketForm, type TicketForm } from './ticket-form.ts';
import { createTicketKeys, type TicketKeySource } from './ticket-keys.ts';
import { refusalOf, refuseTicket } from './ticket-refusal.ts';
import { createUsedTickets } from './used-tickets.ts';

export interface TicketSignInOptions {
  readonly issuers: readonly TicketIssuerConfig[];
  /** See `createLoginPolicy`. */
  readonly isPasswordAccount: (login: string) => boolean;
  readonly isRefusedLogin: (login: string) => boolean;
  readonly limits: Pick<Config['limits'], 'ticketsPerAddress'>;
  readonly clock: Clock;
  /** Told when a key set cannot be read. Default: nobody. */
  readonly log?: Log;
  /** Used tickets to remember. Default 100 000; when full, tickets get FRAMEGATE_BUSY. */
  readonly maxUsedTickets?: number;
}

interface Issuer {
  readonly config: TicketIssuerConfig;
  readonly keys: TicketKeySource;
}

/** @throws {Error} when an issuer's keys or algorithms are unusable. */
export function createTicketSignIn(options: TicketSignInOptions): TicketSignIn {
  const { clock, limits, log = silentLog } = options;
  const issuers: Issuer[] = options.issuers.map((config) => ({ config, keys: createTicketKeys(config, { clock, log }) }));
  const usedTickets = createUsedTickets(clock, options.maxUsedTickets);
  const refusals = createAttemptLimit(limits.ticketsPerAddress);

  async function verify(ticket: string, { address }: { readonly address: string }): Promise<VerifiedTicket> {
    const key = addressKey(address);
    const retryAfterSeconds = await refusals.secondsLocked(key);
    if (retryAfterSeconds !== undefined) {
      throw new FramegateError('FRAMEGATE_TOO_MANY', { reason: 'refused-tickets', retryAfterSeconds });
    }
    try {
      return await judge(ticket);
    } catch (error) {
      // Only what the client sent counts against it, not keys that cannot be read or a full memory.
      if (error instanceof FramegateError && error.code === 'FRAMEGATE_TICKET_REFUSED') await refusals.countFailure(key);
      throw error;
    }
  }

  async function judge(ticket: string): Promise<VerifiedTicket> {
    const form = readTicketForm(ticket);
    const { config, keys } = findIssuer(form);
    if (keys.needsKid && form.kid === undefined) throw refuseTicket('kid-missing');
    const verified = await verifySignature(ticket, config, keys);
    const claims = readTicketClaims(verified, { audience: config.audience, loginPrefix: config.loginPrefix, nowMs: clock.now() });
    const { identity, jti, usableUntilMs, endsAtMs } = claims;
    if (options.isRefusedLogin(identity.login)) throw refuseTicket('built-in-administrator');
    if (takesForeignPrefix(identity.login, config)) throw refuseTicket('prefix-of-another-issuer');
    if (options.isPasswordAccount(identity.login)) throw refuseTicket('password-account');
    // Again: fetching keys takes time, and a use that is remembered for no time at all would not be remembered.
    if (usableUntilMs <= clock.now()) throw refuseTicket('expired');
    // Last, and with no await between look and note: of parallel uses exactly one wins (SEC-B14.1).
    if (!usedTickets.use({ issuer: identity.issuer, jti, untilMs: usableUntilMs })) throw refuseTicket('replayed');
    const jtiHash = createHash('sha256').update(jti).digest('hex').slice(0, 16);
    return { identity, jtiHash, ...(endsAtMs === undefined ? {} : { endsAtMs }) };
  }

  /** `b-x` is the `x` of the issuer with the prefix `b-`, even where another issuer has a person of that name. */
  function takesForeignPrefix(login: string, own: TicketIssuerConfig): boolean {
    const folded = login.toLowerCase();
    return issuers.some(
      ({ config }) => config.issuer !== own.issuer && config.loginPrefix !== '' && folded.startsWith(config.loginPrefix.toLowerCase()),
    );
  }

  /** Picks whose keys to ask, by claims that are not verified yet; `jwtVerify` then holds the ticket to that issuer. */
  function findIssuer({ unverified, algorithm }: TicketForm): Issuer {
    const named = issuers.filter(({ config }) => config.issuer === unverified['iss']);
    const forAudience = named.filter(({ config }) => config.audience === unverified['aud']);
    const found = forAudience.find(({ config }) => config.algorithms.includes(algorithm)) ?? forAudience[0] ?? named[0];
    if (found === undefined) throw refuseTicket('issuer-unknown');
    return found;
  }

  async function verifySignature(ticket: string, config: TicketIssuerConfig, keys: TicketKeySource): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(ticket, keys.getKey, {
        issuer: config.issuer,
        audience: config.audience,
        algorithms: [...config.algorithms],
        typ: TICKET_TYPE,
        requiredClaims: ['exp', 'iat', 'jti', 'sub'],
        maxTokenAge: MAX_LIFETIME_SECONDS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(clock.now()),
      });
      return payload;
    } catch (error) {
      throw refusalOf(error);
    }
  }

  return { verify };
}
