// What a ticket says of the session's rights: what the upstream is told, and what the session is narrowed to. A value
// that cannot be read is no reason to go on without it: the ticket is refused (SEC-J6).

import type { TicketIssuerConfig } from '../config/ticket-issuer.ts';
import type { Narrowing } from '../kernel/identity.ts';
import type { UpstreamRole } from '../policy/rule.ts';
import { refuseTicket } from './ticket-refusal.ts';

const ROLES: readonly unknown[] = ['Viewer', 'Editor', 'Admin', 'None'] satisfies UpstreamRole[];
const MAX_VALUES = 100;
/** A dashboard's uid, as Grafana makes and takes them. */
const DASHBOARD_UID = /^[A-Za-z0-9_-]{1,40}$/;

type Claims = Readonly<Record<string, unknown>>;

/**
 * The role that the claim holds, or what `roles` makes of it: a text or a list of texts, of which the first line of
 * `roles` that is among them counts; none of them: no role.
 */
export function readRole(value: unknown, roles: TicketIssuerConfig['roles']): UpstreamRole | undefined {
  if (value === undefined) return undefined;
  if (roles === undefined) {
    if (ROLES.includes(value)) return value as UpstreamRole;
    throw refuseTicket('role');
  }
  const given: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (given.length > MAX_VALUES || !given.every((each) => typeof each === 'string')) throw refuseTicket('role');
  return [...roles].find(([name]) => given.includes(name))?.[1];
}

/** A whole number from 1 on. */
export function readOrgId(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value;
  throw refuseTicket('organisation');
}

/** `sess_exp` and `until`, seconds since the epoch: the earlier one, in milliseconds. */
export function readSessionEnd(claims: Claims, nowMs: number): number | undefined {
  const ends = [claims['sess_exp'], claims['until']].filter((value) => value !== undefined);
  for (const end of ends) {
    if (typeof end !== 'number' || !Number.isFinite(end) || end * 1000 <= nowMs) throw refuseTicket('session-end');
  }
  return ends.length === 0 ? undefined : Math.min(...(ends as number[])) * 1000;
}

/** `dashboards`: 1 to 100 uids. An empty list would be a session that may see nothing. */
export function readNarrowing(claims: Claims): Narrowing | undefined {
  const dashboards = claims['dashboards'];
  if (dashboards === undefined) return undefined;
  if (!isUidList(dashboards)) throw refuseTicket('dashboards');
  return { dashboards: [...new Set(dashboards)] };
}

/** 1 to 100 uids. */
export function isUidList(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length < 1 || value.length > MAX_VALUES) return false;
  return value.every((uid) => typeof uid === 'string' && DASHBOARD_UID.test(uid));
}
