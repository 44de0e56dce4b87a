// What a new configuration takes away from people who are signed in and connected. Their requests are judged anew
// anyway; a WebSocket or a stream was judged when it began, so it ends where that judgement may be another now
// (SEC-B8.4). The page connects again, and is judged by the rules in force.

import type { ConfigChanges } from '../config/changes.ts';
import type { Config } from '../config/config.ts';
import { isSame } from '../config/fingerprint.ts';
import type { Identity } from '../kernel/identity.ts';
import { addressFor, matchWho } from '../policy/asker.ts';
import { GOING_AWAY, type LiveConnections, POLICY_VIOLATION } from '../proxy/live-connections.ts';
import type { RevocationTarget } from '../session/session.ts';

export interface Rejudgement {
  readonly before: Config;
  readonly after: Config;
  readonly changes: ConfigChanges;
}

/** @returns how many WebSockets and streams ended. */
export function closeAffected({ before, after, changes }: Rejudgement, live: LiveConnections): number {
  const isEverybody = before.accessMode !== after.accessMode;
  const closed = live.closeWhere((identity) => isEverybody || isAffected(identity, changes), POLICY_VIOLATION);
  for (const id of listEndedKeys(before, after)) live.closeSession(`api-key ${id}`, POLICY_VIOLATION);
  const isGone = (name: string): boolean => !isSame(upstreamOf(before, name), upstreamOf(after, name));
  return closed + live.closeEndless(GOING_AWAY, isGone);
}

/** Whose sessions end: of accounts that came, went or changed, and of issuers that are gone or mean something else now. */
export function listRevocations({ before, after, changes: { users } }: Rejudgement): readonly RevocationTarget[] {
  // One that came may have the login of somebody who signed in by a ticket: one login is one person.
  const logins = [...users.added, ...users.removed, ...users.changed];
  const [were, are] = [listIssuers(before), listIssuers(after)];
  const issuers = [...were.keys()].filter((issuer) => !isSame(were.get(issuer), are.get(issuer)));
  return [...logins.map((login) => ({ login })), ...issuers.map((issuer) => ({ issuer }))];
}

function isAffected(identity: Identity, { affectedRules }: ConfigChanges): boolean {
  return affectedRules.some(({ who, effect }) => matchWho(who, identity, addressFor(effect, identity)) !== undefined);
}

/** Every issuer with what makes an identity of its word; keys may change without that. */
function listIssuers({ signIn }: Config): Map<string, unknown> {
  const { tickets, oidc, header, users, apiKeys } = signIn;
  return new Map<string, unknown>([
    ...tickets.map(({ issuer, loginPrefix, claims, roles }) => [issuer, { loginPrefix, claims, roles }] as const),
    ...oidc.map(
      ({ issuer, clientId, loginPrefix, claims, groupsFormat }) => [issuer, { clientId, loginPrefix, claims, groupsFormat }] as const,
    ),
    ...(header === undefined ? [] : [[header.issuer, header] as const]),
    ...(users === undefined ? [] : [['password', true] as const]),
    ...(apiKeys === undefined ? [] : [['api-key', true] as const]),
  ]);
}

/** API keys that are gone, or say something else. */
function listEndedKeys(before: Config, after: Config): string[] {
  const are = new Map(after.signIn.apiKeys?.keys.map((key) => [key.id, key]));
  return (before.signIn.apiKeys?.keys ?? []).filter((key) => !isSame(key, are.get(key.id))).map(({ id }) => id);
}

const upstreamOf = ({ upstreams }: Config, name: string) => upstreams.find((upstream) => upstream.name === name);
