import { describe, expect, it } from 'vitest';
import { CONFIG as EVERYTHING, makeFolder, runCli, USERS } from './run-cli.ts';

/** Without anything to warn about. */
const CONFIG = EVERYTHING.replace('may: [everything], as', "may: [view], on: { dataSources: ['*'] }, as").replace(
  'domains: [lab.example.com]',
  'users: [alice]',
);

const CANARY = 'canary-7f3a91';

describe('framegate check', () => {
  it('says that all is fine, exit code 0', async () => {
    const cwd = makeFolder({ 'framegate.yaml': CONFIG, 'users.yaml': USERS });
    expect(await runCli(['check'], { cwd })).toEqual({ code: 0, stdout: 'The configuration is fine (0 warnings).\n', stderr: '' });
  });

  it('prints every problem and warning at once, exit code 2, no secret anywhere (SEC-B21.2, SEC-D10.3)', async () => {
    const config = `${CONFIG.replace('http://localhost:8000', `http://user:${CANARY}@dash.example.com`)}
session: { secret: ${CANARY}, idleTimout: 5m }
limits: { passwordChecks: none }
`;
    const cwd = makeFolder({ 'bad.yaml': config, 'users.yaml': `${USERS}  - { name: bob, passwordHash: ${CANARY} }\n` });
    const { code, stdout, stderr } = await runCli(['check', '--config', 'bad.yaml'], { cwd, env: { FRAMEGATE_SESION_SECRET: CANARY } });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const starts = stderr
      .trimEnd()
      .split('\n')
      .map((line) => line.split(': ').slice(0, 2).join(': '));
    expect(starts).toEqual([
      'problem: FRAMEGATE_SESION_SECRET',
      'problem: session.idleTimout',
      'problem: limits.passwordChecks',
      'problem: publicUrl',
      'problem: users.yaml users[1].passwordHash',
      'problem: session.secret',
      'warning: session.secret',
      '6 problems, 1 warning; nothing started',
    ]);
    expect(stderr).not.toContain(CANARY);
  });

  it('lists a file that is not YAML without quoting it, exit code 2', async () => {
    const cwd = makeFolder({ 'framegate.yaml': `session: { secret: *${CANARY} }\n  bad` });
    const { code, stderr } = await runCli(['check'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^problem: framegate\.yaml/);
    expect(stderr).not.toContain(CANARY);
  });

  it('takes a file for the library, which needs no way to sign in', async () => {
    const cwd = makeFolder({ 'framegate.yaml': CONFIG.replace(/signIn:\n.*\n/, '') });
    const [service, library] = await Promise.all([runCli(['check'], { cwd }), runCli(['check', '--library'], { cwd })]);
    expect([service.code, library.code]).toEqual([2, 0]);
    expect(service.stderr).toContain('problem: signIn: names no way to sign in');
  });
});
