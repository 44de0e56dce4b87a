// What the rooms tell, as numbers: those that write lines of the log know of no metrics, and the words are closed.

import { ERROR_TABLE } from '../kernel/errors.ts';
import type { Log, LogFields } from '../kernel/log.ts';
import type { Meters } from '../observe/meters.ts';

type Count = (meters: Meters, fields: LogFields) => void;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

function countSignIn(method?: string): Count {
  return (meters, fields) => meters.signIns.add(method ?? textOf(fields['method']), outcomeOf(fields));
}

/** Of a sign-in; a refusal has a code. */
function outcomeOf({ code, reason }: LogFields): string {
  if (code === undefined) return 'accepted';
  if (textOf(reason).endsWith('replayed')) return 'replayed';
  const status = typeof code === 'string' && code in ERROR_TABLE ? ERROR_TABLE[code as keyof typeof ERROR_TABLE].status : 500;
  if (status === ERROR_TABLE.FRAMEGATE_TOO_MANY.status) return 'throttled';
  return status >= 500 ? 'failed' : 'refused';
}

function countKeys(outcome: 'loaded' | 'failed'): Count {
  return ({ keyLoads, staleIssuers }, { issuer }) => {
    const name = textOf(issuer);
    keyLoads.add(name, outcome);
    if (outcome === 'failed') staleIssuers.add(name);
    else staleIssuers.delete(name);
  };
}

const countProvider =
  (what: string): Count =>
  ({ providerFailures }, { provider }) =>
    providerFailures.add(textOf(provider), what);

const COUNTS: ReadonlyMap<string, Count> = new Map<string, Count>([
  ['login.accepted', countSignIn()],
  ['login.refused', countSignIn()],
  ['oidc.refused', countSignIn('oidc')],
  ['ticket.accepted', countSignIn('ticket')],
  ['ticket.refused', countSignIn('ticket')],
  ['code.accepted', countSignIn('popup-code')],
  ['code.refused', countSignIn('popup-code')],
  ['session.started', ({ startedSessions }, { method }) => startedSessions.add(textOf(method))],
  ['revocation.accepted', ({ revocations }) => revocations.add('token')],
  ['oidc.signed-out', ({ revocations }) => revocations.add('provider')],
  ['ticket-keys.loaded', countKeys('loaded')],
  ['ticket-keys.changed', countKeys('loaded')],
  ['ticket-keys.failed', countKeys('failed')],
  ['oidc.provider-failed', countProvider('metadata')],
  ['oidc.keys-failed', countProvider('keys')],
  ['store.failed', ({ storeFailures }, { part }) => storeFailures.add(textOf(part))],
  [
    'upstream.down',
    (meters, { upstream }) => {
      meters.of(textOf(upstream)).outages += 1;
    },
  ],
]);

/** The log, with what is told there counted. */
export function withCounts(log: Log, meters: Meters): Log {
  const tell =
    (severity: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}): void => {
      log[severity](event, fields);
      COUNTS.get(event)?.(meters, fields);
    };
  return {
    ...(log.isDebug === undefined ? {} : { isDebug: log.isDebug }),
    debug: tell('debug'),
    info: tell('info'),
    warn: tell('warn'),
    error: tell('error'),
  };
}
