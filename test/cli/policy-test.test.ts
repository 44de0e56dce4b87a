import { describe, expect, it } from 'vitest';
import { CONFIG, makeFolder, runCli, USERS } from './run-cli.ts';

const RULES = `access:
  rules:
    - { name: operators, who: { groups: [operators] }, may: [view], on: { dashboards: ['plant-*'], dataSources: [prom] } }
    - { name: no line b, who: { users: [bob] }, deny: ['dashboard:read'], on: { dashboards: [plant-b] } }
`;
const FILES = { 'framegate.yaml': CONFIG.slice(0, CONFIG.indexOf('access:')) + RULES, 'users.yaml': USERS };

const GOOD = `
- { as: { login: alice }, request: GET /d/plant-b, expect: allow, rule: operators }
- { as: { login: bob, groups: [operators] }, request: GET /d/plant-b, expect: deny, rule: no line b }
- { as: { login: bob, groups: [operators] }, request: GET /d/plant-a, expect: allow }
- { as: { login: carol, groups: [] }, request: GET /d/plant-a, expect: deny }
- { as: { login: alice }, request: GET /a/%2e%2e/b, expect: deny }
- as: { login: alice }
  request: POST /api/ds/query
  headers: ['Content-Type: application/json']
  body: '{"queries":[{"refId":"A","datasource":{"uid":"payroll"}}],"from":"1","to":"2"}'
  expect: deny
`;

describe('framegate policy test', () => {
  it('passes when the rules do as expected, exit code 0', async () => {
    const cwd = makeFolder({ ...FILES, 'access.test.yaml': GOOD });
    expect(await runCli(['policy', 'test', 'access.test.yaml'], { cwd })).toEqual({
      code: 0,
      stdout: 'The rules do as expected (6 expectations, by the routes of grafana strictest).\n',
      stderr: '',
    });
  });

  it('says what came out instead, exit code 1', async () => {
    const bad = `
- { as: { login: alice }, request: GET /d/hr, expect: allow, name: alice sees HR }
- { as: { login: alice }, request: GET /d/plant-a, expect: deny }
- { as: { login: alice }, request: GET /d/plant-a, expect: allow, rule: somebody else }
- { as: { login: alice }, request: GET /d/plant-a, expect: allow }
- { as: { login: alice }, request: GET /_gate/login, expect: deny }
`;
    const cwd = makeFolder({ ...FILES, 'access.test.yaml': bad });
    const { code, stdout, stderr } = await runCli(['policy', 'test', 'access.test.yaml', '--config', 'framegate.yaml'], { cwd });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      'failed: 1. alice sees HR: expected allow, got deny (dashboard-not-listed; capability dashboard:read)',
      'failed: 2. GET /d/plant-a as alice: expected deny, got allow by "operators" (group-listed; capability dashboard:read)',
      'failed: 3. GET /d/plant-a as alice: expected allow by "somebody else", got allow by "operators" (group-listed; capability dashboard:read)',
      'failed: 5. GET /_gate/login as alice: expected deny, got own (own-path; capability none)',
      '4 of 5 expectations failed, by the routes of grafana strictest',
    ]);
  });

  it('refuses a table that cannot be read, and a call without one, exit code 2', async () => {
    const cwd = makeFolder({
      ...FILES,
      'bad.yaml': '- { as: { logn: alice }, request: /d/x, expect: maybe }',
      'empty.yaml': '[]',
      'text.yaml': '- [',
    });
    const outcomes = await Promise.all(
      [['test', 'bad.yaml'], ['test', 'empty.yaml'], ['test', 'text.yaml'], ['test'], ['tset', 'bad.yaml'], ['test', 'none.yaml']].map(
        (args) => runCli(['policy', ...args], { cwd }),
      ),
    );
    expect(outcomes.map(({ code }) => code)).toEqual([2, 2, 2, 2, 2, 2]);
    expect(outcomes[0]?.stderr).toContain('bad.yaml [0].as.logn: is not a known key. Did you mean "login"?');
    expect(outcomes[0]?.stderr).toContain('bad.yaml [0].request: is not a request');
    expect(outcomes[3]?.stderr).toContain('framegate policy test FILE');
    expect(outcomes[5]?.stderr).toContain('names a file that does not exist ("none.yaml")');
  });
});
