import { describe, expect, it } from 'vitest';
import { buildIdentity } from '../../src/cli/build-identity.ts';
import { type Explanation, explain } from '../../src/cli/explanation.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CONFIG, makeFolder, runCli, USERS } from './run-cli.ts';

interface Asked {
  readonly login: string;
  readonly path: string;
  readonly groups?: string[];
  readonly email?: string;
  readonly method?: string;
  readonly upstream?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

function ask({ login, path, groups, email, method = 'GET', upstream, headers = [] }: Asked): Explanation {
  const config = loadConfig(`${makeFolder({ 'framegate.yaml': CONFIG, 'users.yaml': USERS })}/framegate.yaml`, { env: {} });
  return explain(config, {
    identity: buildIdentity(config, { login, groups, email }),
    method,
    path,
    headers,
    upstream,
    nowMs: Date.UTC(2026, 2, 2, 12),
  });
}

describe('explain', () => {
  it.each([
    {
      name: 'an allowed account, with the groups of the users file',
      asked: { login: 'alice', path: '/d/abc?orgId=1' },
      says: {
        method: 'GET',
        upstream: 'grafana',
        capability: 'dashboard:read',
        resources: { dashboards: ['abc'], orgIds: [1] },
        decision: 'allow',
        rule: 'operators everywhere',
        role: 'Viewer',
        reasons: ['group-listed'],
        groups: ['operators'],
      },
    },
    {
      name: 'given groups in the place of those of the users file',
      asked: { login: 'alice', groups: ['other'], path: '/d/abc' },
      says: { decision: 'deny' },
    },
    {
      name: 'SEC-P9 somebody whom no rule names',
      asked: { login: 'bob', path: '/d/abc' },
      says: { decision: 'deny', reasons: ['no-rule-matches'] },
    },
    {
      name: 'a rule for one upstream',
      asked: { login: 'bob', email: 'bob@lab.example.com', method: 'POST', path: '/lab/x' },
      says: { upstream: 'lab', method: 'POST', decision: 'allow', rule: 'lab staff', reasons: ['domain-listed'] },
    },
    {
      name: 'SEC-P5 the same person beside that mount',
      asked: { login: 'bob', email: 'bob@lab.example.com', path: '/labs' },
      says: { upstream: 'grafana', decision: 'deny' },
    },
    {
      name: 'a built-in administrator',
      asked: { login: 'admin', groups: ['operators'], path: '/' },
      says: { decision: 'deny', reasons: ['built-in-administrator'] },
    },
    {
      name: "the upstream's own log-in",
      asked: { login: 'alice', path: '/login' },
      says: { capability: 'auth', decision: 'deny', reasons: ['upstream-sign-in-is-closed'] },
    },
    {
      name: 'SEC-P4 a path that the guard refuses',
      asked: { login: 'alice', path: '/a/%2e%2e/b' },
      says: { decision: 'refused', status: 400, reasons: ['path-escape'] },
    },
    {
      name: 'SEC-G3 a method that the guard refuses',
      asked: { login: 'alice', method: 'TRACE', path: '/' },
      says: { decision: 'refused', status: 405 },
    },
    {
      name: 'a body that the preset cannot read, with the status that the gate gives',
      asked: { login: 'alice', method: 'POST', path: '/api/ds/query', headers: [['Content-Type', 'text/plain'] as const] },
      says: { decision: 'refused', status: 415, reasons: ['body-content-type'] },
    },
    { name: 'SEC-D12.2 an own path in another spelling', asked: { login: 'alice', path: '/%5fgate/login' }, says: { decision: 'own' } },
    { name: 'an own path', asked: { login: 'alice', path: '/_gate/login' }, says: { decision: 'own' } },
    {
      name: 'a path outside the named upstream',
      asked: { login: 'alice', upstream: 'lab', path: '/d/x' },
      says: { decision: 'none', status: 404 },
    },
  ])('explains $name', ({ asked, says }) => {
    expect(ask(asked)).toMatchObject(says);
  });

  it('refuses a login that nobody can have, and an upstream that is not there', () => {
    expect(() => ask({ login: 'a b', path: '/' })).toThrow(/nobody can have this one/);
    expect(() => ask({ login: 'alice', path: '/', upstream: 'x' })).toThrow(/Known: grafana, lab/);
  });
});

describe('framegate explain', () => {
  it('prints lines for people, or one JSON object', async () => {
    const cwd = makeFolder({ 'framegate.yaml': CONFIG, 'users.yaml': USERS });
    const args = ['explain', '--login', 'bob', '--group', 'operators', '--group', 'night', '--email', 'b@example.com', '--path', '/d/abc'];
    const [lines, json] = await Promise.all([runCli(args, { cwd }), runCli([...args, '--json'], { cwd })]);
    expect(lines).toMatchObject({ code: 0, stderr: '' });
    expect(lines.stdout.split('\n')).toEqual([
      'request     GET /d/abc',
      'person      bob <b@example.com>, groups operators, night',
      'upstream    grafana',
      'version     the strictest, as upstreams.grafana.version is not set; --upstream-version N gives one',
      'capability  dashboard:read',
      'names       dashboards abc',
      'rules       "operators everywhere": grants (group-listed)',
      '            "lab staff": no (other-upstream)',
      'decision    allow, by the rule "operators everywhere", as Viewer',
      'reasons     group-listed',
      '',
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({ login: 'bob', decision: 'allow', reasons: ['group-listed'] });
  });

  it('judges what the body names, by the time and the address that are given', async () => {
    const rules = `
access:
  rules:
    - name: by day
      who: { groups: [operators] }
      may: [view]
      on: { dataSources: [prom] }
      when: { after: "08:00", before: "18:00", timezone: Europe/Berlin, networks: [10.0.0.0/8] }
    - { name: no payroll, who: { everyone: true }, deny: ['datasource:query'], on: { dataSources: ['payroll*'] } }
`;
    const cwd = makeFolder({
      'framegate.yaml': CONFIG.slice(0, CONFIG.indexOf('access:')) + rules,
      'users.yaml': USERS,
      'body.json': '{"queries":[{"refId":"A","datasource":{"uid":"prom"}}],"from":"1","to":"2"}',
      'payroll.json': '{"queries":[{"refId":"A","datasource":{"uid":"Payroll-1"}}],"from":"1","to":"2"}',
    });
    const query = [
      'explain',
      '--login',
      'alice',
      '--method',
      'POST',
      '--path',
      '/api/ds/query',
      '--header',
      'Content-Type: application/json',
    ];
    const [day, night, elsewhere, payroll, without] = await Promise.all([
      runCli([...query, '--body', 'body.json', '--at', '2026-03-02T08:30:00+01:00', '--from', '10.1.2.3', '--json'], { cwd }),
      runCli([...query, '--body', 'body.json', '--at', '2026-03-02T17:30:00Z', '--from', '10.1.2.3', '--json'], { cwd }),
      runCli([...query, '--body', 'body.json', '--at', '2026-03-02T08:30:00+01:00', '--json'], { cwd }),
      runCli([...query, '--body', 'payroll.json', '--at', '2026-03-02T08:30:00+01:00', '--from', '10.1.2.3'], { cwd }),
      runCli([...query, '--at', '2026-03-02T08:30:00+01:00', '--from', '10.1.2.3'], { cwd }),
    ]);
    expect(JSON.parse(day.stdout)).toMatchObject({ decision: 'allow', rule: 'by day', resources: { dataSources: ['prom'] } });
    expect(JSON.parse(night.stdout)).toMatchObject({ decision: 'deny', reasons: ['outside-hours'] });
    expect(JSON.parse(elsewhere.stdout)).toMatchObject({ decision: 'deny', reasons: ['other-network'] });
    expect(payroll.stdout).toContain('decision    deny (403), by the rule "no payroll"');
    expect(payroll.stdout).toContain('"no payroll" (deny): denies (everyone-listed)');
    expect(without.stdout).toContain('body        names more; give it with --body FILE');
  });

  it('refuses circumstances that are none, exit code 2', async () => {
    const cwd = makeFolder({ 'framegate.yaml': CONFIG, 'users.yaml': USERS });
    const asked = ['explain', '--login', 'alice', '--path', '/'];
    const outcomes = await Promise.all(
      [
        ['--at', '2026-03-02 08:00'],
        ['--from', '10.0.0.0/8'],
        ['--sign-in', 'magic'],
        ['--header', 'no colon'],
      ].map((more) => runCli([...asked, ...more], { cwd })),
    );
    expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
  });

  it('needs a usable configuration and a login, exit code 2', async () => {
    const bad = makeFolder({ 'framegate.yaml': CONFIG });
    const good = makeFolder({ 'framegate.yaml': CONFIG, 'users.yaml': USERS });
    const [unusable, nobody] = await Promise.all([
      runCli(['explain', '--login', 'a', '--path', '/'], { cwd: bad }),
      runCli(['explain', '--path', '/'], { cwd: good }),
    ]);
    expect([unusable.code, nobody.code]).toEqual([2, 2]);
    expect(unusable.stderr).toContain('signIn.password.usersFile: names a file that does not exist');
    expect(nobody.stderr).toContain('needs --login');
  });
});
