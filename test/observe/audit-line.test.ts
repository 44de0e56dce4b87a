// What a line of the audit log holds, and what no client can make of it.

import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../src/kernel/audit.ts';
import { formatAuditLine } from '../../src/observe/audit-line.ts';

const CONTEXT = { nowMs: Date.UTC(2026, 0, 2, 3, 4, 5, 678), revision: '0123456789ab', hashKey: 'key' };
const format = (record: Partial<AuditRecord>, context = CONTEXT) =>
  formatAuditLine({ event: 'decision', outcome: 'deny', ...record }, context);
const REQUEST = {
  method: 'GET',
  url: '/d/x?auth_token=canary',
  headers: { host: 'dash.example.com', 'user-agent': 'agent', referer: 'https://app.example.com/page?canary' },
  socket: { remoteAddress: '10.0.0.1' },
};

describe('formatAuditLine', () => {
  it('SEC-D11 has the fields in their order, the time in UTC with milliseconds, and no query', () => {
    const line = format({
      reason: 'no-rule-matches',
      requestId: 'r1',
      sessionKey: 'session',
      identity: { issuer: 'i', subject: 's', login: 'alice' },
      method: 'ticket',
      jtiHash: 'h',
      address: '203.0.113.7',
      req: REQUEST,
      rule: 'operators',
      upstream: 'grafana',
      status: 403,
      bytes: 7,
      ms: 3,
    });
    expect(JSON.parse(line)).toEqual({
      ts: '2026-01-02T03:04:05.678Z',
      event: 'decision',
      outcome: 'deny',
      reason_code: 'no-rule-matches',
      request_id: 'r1',
      sid_hash: expect.stringMatching(/^[0-9a-f]{16}$/),
      principal: { issuer: 'i', sub: 's', name: 'alice' },
      auth_method: 'ticket',
      jti_hash: 'h',
      src_ip: '203.0.113.7',
      peer_ip: '10.0.0.1',
      ua: 'agent',
      method: 'GET',
      host: 'dash.example.com',
      path: '/d/x',
      rule_id: 'operators',
      parent_origin: 'https://app.example.com',
      upstream: 'grafana',
      status: 403,
      bytes: 7,
      ms: 3,
      config_rev: '0123456789ab',
    });
    expect(line).not.toContain('canary');
  });

  it('SEC-D11.2 names a session by a keyed hash: the same for one session and key, another for another', () => {
    const hash = (sessionKey: string, hashKey: string) =>
      (JSON.parse(format({ sessionKey }, { ...CONTEXT, hashKey })) as { sid_hash: string }).sid_hash;
    expect(hash('a', 'k')).toBe(hash('a', 'k'));
    expect(new Set([hash('a', 'k'), hash('b', 'k'), hash('a', 'l')]).size).toBe(3);
    expect(format({ sessionKey: 'the-key-itself' })).not.toContain('the-key-itself');
  });

  it.each([
    ['line ends', 'bob\r\n{"event":"sign-in"}'],
    ['control sequences', '\u001b[2J\u0000\u009b'],
    ['separators that JSON leaves alone', 'a\u2028b\u2029c'],
    ['a lookup', '$\u007bjndi:ldap://x}'],
    ['a megabyte', 'x'.repeat(1_000_000)],
  ])('SEC-B16.1 is one line, escaped and cut, whatever a client sends: %s', (_name, sent) => {
    const req = { ...REQUEST, method: sent, url: `/${sent}`, headers: { host: sent, origin: sent, 'user-agent': sent } };
    const line = format({ req, reason: sent, identity: { issuer: sent, subject: sent, login: sent } });
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(line).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(line.length).toBeLessThan(20 * 300);
    expect(Object.keys(JSON.parse(line) as object)).toContain('config_rev');
  });
});
