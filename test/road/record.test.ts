// One line per decision that matters: who, what, how it ended. Never the query, which may hold what nobody should read
// later (SEC-D11).

import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { FramegateError } from '../../src/kernel/errors.ts';
import { Meters } from '../../src/observe/meters.ts';
import { describeFailure } from '../../src/road/http.ts';
import type { GateParts } from '../../src/road/parts.ts';
import { type Outcome, recordOutcome } from '../../src/road/record.ts';
import type { Scope } from '../../src/road/scope.ts';
import { Denied, SignInNeeded } from '../../src/road/steps.ts';

const identity = { issuer: 'https://host.test', subject: 'alice', login: 'alice', groups: [] };

function record(outcome: Outcome, over: Partial<Scope> & { readonly headers?: Record<string, string> } = {}) {
  const { headers = {}, ...rest } = over;
  const lines: { level: string; event: string; fields: Record<string, unknown> }[] = [];
  const write =
    (level: string) =>
    (event: string, fields: object = {}) =>
      void lines.push({ level, event, fields: { ...fields } });
  const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  const scope = {
    req: { headers } as IncomingMessage,
    kind: 'http',
    method: 'GET',
    target: '/d/x?auth_token=canary&code=canary',
    requestId: 'request-1',
    clientAddress: '203.0.113.7',
    startedAtMs: 100,
    session: { identity },
    mounted: { route: { upstream: { name: 'grafana' } } },
    rule: 'operators',
    ...rest,
  } as unknown as Scope;
  const config = { audit: { to: 'off', decisions: 'writes' } };
  const parts = { log, config, audit() {}, clock: { now: () => 130 }, meters: new Meters() };
  recordOutcome(scope, parts as unknown as GateParts, outcome);
  expect(lines).toHaveLength(1);
  const [line] = lines;
  if (line === undefined) throw new Error('nothing was recorded');
  return line;
}

describe('recordOutcome', () => {
  it('SEC-D11 says who did what, when it ended and how, without the query', () => {
    const { fields } = record({ outcome: 'allowed', status: 200 });
    expect(fields).toMatchObject({
      outcome: 'allowed',
      requestId: 'request-1',
      method: 'GET',
      path: '/d/x',
      status: 200,
      login: 'alice',
      issuer: 'https://host.test',
      rule: 'operators',
      upstream: 'grafana',
      address: '203.0.113.7',
      ms: 30,
    });
    expect(JSON.stringify(fields)).not.toContain('canary');
  });

  it.each([
    [
      'a page that was let through',
      { outcome: 'allowed', status: 200 },
      { headers: { 'sec-fetch-dest': 'iframe' } },
      'info',
      'request.allowed',
    ],
    ['anything else that was let through', { outcome: 'allowed', status: 200 }, {}, 'debug', 'request.allowed'],
    ['an open WebSocket', { outcome: 'allowed', status: 101 }, { kind: 'upgrade' }, 'info', 'socket.opened'],
    ['a refusal', { outcome: 'refused', status: 400, reason: 'path-dots' }, {}, 'info', 'request.refused'],
    ['a denial', { outcome: 'denied', status: 403, reason: 'no-rule-matches' }, {}, 'warn', 'request.denied'],
    ['a failure', { outcome: 'failed', status: 502, reason: 'econnreset' }, {}, 'error', 'request.failed'],
    ['a browser that went away', { outcome: 'refused', status: 400, reason: 'client-gone' }, {}, 'debug', 'client.aborted'],
  ] as const)('%s has a level and a name of its own', (_name, outcome, over, level, event) => {
    expect(record(outcome, over as Parameters<typeof record>[1])).toMatchObject({ level, event });
  });

  it('knows of nobody where nobody was signed in', () => {
    const { fields } = record({ outcome: 'refused', status: 401 }, { session: undefined, mounted: undefined, rule: undefined });
    expect(fields).toMatchObject({ login: undefined, issuer: undefined, upstream: undefined, rule: undefined });
  });
});

describe('describeFailure', () => {
  it.each([
    ['nobody is signed in', new SignInNeeded(), { outcome: 'refused', status: 401, reason: 'not-signed-in' }],
    ['the policy says no', new Denied(['no-rule-matches']), { outcome: 'denied', status: 403, reason: 'no-rule-matches' }],
    [
      'the guard refuses',
      new FramegateError('FRAMEGATE_BAD_REQUEST', { reason: 'path-dots' }),
      { outcome: 'refused', status: 400, reason: 'path-dots' },
    ],
    ['no reason is given', new FramegateError('FRAMEGATE_LOOP'), { outcome: 'failed', status: 508, reason: 'FRAMEGATE_LOOP' }],
  ] as const)('%s', (_name, failure, expected) => {
    expect(describeFailure(failure)).toMatchObject(expected);
  });

  it('keeps the message and the cause of a failure for the log', () => {
    const cause = new Error('inner');
    expect(describeFailure(new FramegateError('FRAMEGATE_INTERNAL', { message: 'mount it before express.json()', cause }))).toMatchObject({
      message: 'mount it before express.json()',
      cause,
    });
    expect(describeFailure(new FramegateError('FRAMEGATE_UPSTREAM_DOWN', { reason: 'econnrefused', cause }))).not.toHaveProperty('message');
  });
});
