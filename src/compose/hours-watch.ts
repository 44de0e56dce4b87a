// Rules go by the clock, and what is open was judged when it began. Where a grant's hours end, or a denial's begin, the
// WebSockets, streams and downloads of the rule's people end, as with a reload: pages connect again and are judged anew.

import type { Config } from '../config/config.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Identity } from '../kernel/identity.ts';
import type { Log } from '../kernel/log.ts';
import { addressFor, matchWho } from '../policy/asker.ts';
import { isWithinHours } from '../policy/hours.ts';
import type { Rule } from '../policy/rule.ts';
import { type LiveConnections, POLICY_VIOLATION } from '../proxy/live-connections.ts';

/** How often the clock is looked at, in milliseconds: it may be set. Nothing is asked of a connection before a minute has passed. */
const TICK_MS = 1000;
/** How long after the change, in milliseconds: what was judged just before it is among the connections by then. */
const SETTLED_MS = 500;
const MINUTE_MS = 60_000;

export interface HoursWatchOptions {
  /** The configuration in force. */
  readonly config: () => Config;
  readonly clock: Clock;
  readonly live: LiveConnections;
  readonly log: Log;
}

/** @returns what stops it. Hours change at whole minutes; it acts within 2 s. */
export function watchHours({ config, clock, live, log }: HoursWatchOptions): () => void {
  let judgedAtMs = clock.now();

  function tick(): void {
    const now = clock.now();
    if (Math.floor(now / MINUTE_MS) === Math.floor(judgedAtMs / MINUTE_MS) || now % MINUTE_MS < SETTLED_MS) return;
    const { rules, accessMode } = config();
    const taking = accessMode === 'enforce' ? findTaking(rules, judgedAtMs, now) : [];
    judgedAtMs = now;
    if (taking.length === 0) return;
    const closed = live.closeWhere((identity, upstream) => taking.some((rule) => isFor(rule, identity, upstream)), POLICY_VIOLATION);
    log.info('access.hours-changed', { rules: taking.map(({ name }) => name), closed });
  }

  const ticker = setInterval(tick, TICK_MS).unref();
  return () => clearInterval(ticker);
}

/** Rules that take something away from people between two moments. */
function findTaking(rules: readonly Rule[], beforeMs: number, nowMs: number): Rule[] {
  const timed = rules.flatMap((rule) => (rule.when?.hours === undefined ? [] : [{ rule, hours: rule.when.hours }]));
  const held = new Set(timed.filter(({ hours }) => isWithinHours(hours, beforeMs)));
  const hold = new Set(timed.filter(({ hours }) => isWithinHours(hours, nowMs)));
  return timed
    .filter((each) => (each.rule.effect === 'allow' ? held.has(each) && !hold.has(each) : !held.has(each) && hold.has(each)))
    .map(({ rule }) => rule);
}

/** By everything but where from and how somebody signed in, which connections do not tell. */
function isFor({ who, effect, upstream: only, when }: Rule, identity: Identity, upstream: string): boolean {
  return (
    (only === undefined || only === upstream) &&
    when?.issuers?.includes(identity.issuer) !== false &&
    matchWho(who, identity, addressFor(effect, identity)) !== undefined
  );
}
