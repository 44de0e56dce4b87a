import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/error.ts';
import { checkServiceConfig, loadConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { BASE, check, checkInput, makeFolder } from './base-config.ts';

const CANARY = 'canary-secret-7f3a91';

describe('loadConfig', () => {
  it('fills in the defaults', () => {
    expect(check().problems).toEqual([]);
    expect(check().warnings).toEqual([]);
    expect(loadConfig(BASE)).toMatchObject({
      listen: { host: '0.0.0.0', port: 8000 },
      admin: { host: '127.0.0.1', port: 8002 },
      trustedProxies: [],
      session: { idleTimeoutMs: 1_800_000, ticketIdleTimeoutMs: undefined, absoluteTimeoutMs: 28_800_000 },
      limits: { failedLogins: { count: 5, windowMs: 900_000 }, passwordChecks: 4 },
      log: { level: 'info' },
    });
  });

  it('throws a ConfigError that holds every problem', () => {
    const load = (): unknown => loadConfig({ ...BASE, publicUrl: 'nonsense', trustedProxies: ['x'] });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/2 problems:\n {2}publicUrl: .*\n {2}trustedProxies\[0\]: /);
  });

  it('starts relative paths at the folder of the file, wherever the process is', () => {
    const folder = makeFolder({ 'f.json': JSON.stringify({ ...BASE, session: { secretFile: 'nowhere' } }) });
    expect(checkInput(`${folder}/f.json`, { env: {} }).problems).toEqual([
      `session.secretFile: names a file that does not exist ("${folder}/nowhere"). Correct the path or its permissions.`,
    ]);
    expect(checkInput('f.json', { env: {}, cwd: folder }).problems[0]).toContain(`${folder}/nowhere`);
  });

  it('says which file is missing', () => {
    expect(checkInput('/does/not/exist.yaml', { env: {} }).problems).toEqual([
      '--config: names a file that does not exist ("/does/not/exist.yaml"). Correct the path or its permissions.',
    ]);
  });

  it.each(['a text', [1], null, 5])('refuses a configuration that is %j', (input) => {
    const { config, problems } = checkInput(input as unknown as ConfigInput & object, { env: {} });
    expect(config).toBeUndefined();
    expect(problems.length).toBeGreaterThan(0);
  });
});

describe('checkConfig', () => {
  it('lists problems of every kind at once: schema, cross checks, files, users, variables', () => {
    const folder = makeFolder({
      'users.yaml': 'users: [{ name: "a b", passwordHash: x }, { nam: bob }]',
      'f.json': JSON.stringify({
        ...BASE,
        publicUrl: 'http://dash.example.com',
        listen: { port: 'many', hots: 'x' },
        upstreams: { grafana: { url: 'http://169.254.169.254', engin: 'auto' } },
        session: { secret: 'short', idleTimeout: '5 minutes' },
        signIn: { password: { usersFile: 'users.yaml' }, tickets: [{ issuer: 'https://a.test', jwksFile: 'nowhere.json' }] },
        access: { rules: [{ name: 'r', who: { domains: ['.example.com'] }, may: ['everything'], on: { upstream: 'grafna' } }] },
      }),
    });
    const { problems } = checkInput(`${folder}/f.json`, { env: { FRAMEGATE_NONSENSE: '1' } });
    expect(problems.map((problem) => problem.split(': ')[0])).toEqual([
      'FRAMEGATE_NONSENSE',
      'listen.port',
      'listen.hots',
      'upstreams.grafana.engin',
      'session.idleTimeout',
      'publicUrl',
      'upstreams.grafana.url',
      'access.rules[0].on.upstream',
      'access.rules[0].who.domains[0]',
      'users.yaml users[1].name',
      'users.yaml users[1].passwordHash',
      'users.yaml users[1].nam',
      'users.yaml users[0].name',
      'users.yaml users[0].passwordHash',
      'signIn.tickets[0].jwksFile',
      'session.secret',
    ]);
  });

  it.each([
    [{ publicurl: 'x' }, 'publicurl: is not a known key. Did you mean "publicUrl"?'],
    [{ session: { idleTimeOut: '1m' } }, 'session.idleTimeOut: is not a known key. Did you mean "idleTimeout"?'],
    [{ embed: { cookies: 'partitoned' } }, 'embed.cookies: is not one of the accepted values ("partitoned"). Did you mean "partitioned"?'],
    [{ admin: { prot: 1 } }, 'admin.prot: is not a known key. Did you mean "port"?'],
  ])('SEC-B21.4 refuses %j with a near miss', (changes, start) => {
    expect(check(changes).problems).toEqual([expect.stringContaining(start)]);
  });

  it.each([
    [{ publicUrl: undefined }, 'publicUrl: is missing. Add it. What browsers see'],
    [{ publicUrl: null }, 'publicUrl: is empty. Give a value, or remove the line'],
    [{ listen: { port: '80' } }, 'listen.port: must be a number, not text ("80")'],
    [{ trustedProxies: true }, 'trustedProxies: must be a list, not true or false'],
    [{ session: { idleTimeout: '5 minutes' } }, 'session.idleTimeout: is not a duration ("5 minutes"). Write a number and a unit'],
    [{ upstreams: {} }, 'upstreams: is empty. Name at least one upstream'],
    [{ upstreams: { Big: { url: 'http://x:1' } } }, 'upstreams.Big: is not an upstream name. Use lower-case letters'],
    [{ limits: { passwordChecks: 65 } }, 'limits.passwordChecks: is too large (65). Write at most 64'],
    [{ limits: { failedLogins: '5 per 0m' } }, 'limits.failedLogins: has a window of nothing'],
    [
      { session: { store: 'postgres://x' } },
      'session.store: names no store. Write memory, sqlite:FILE, redis://HOST:PORT or rediss://HOST:PORT',
    ],
    [
      { upstreams: { g: { url: 'http://x:1', forwardCookies: 'some' } } },
      'upstreams.g.forwardCookies: has none of the accepted forms ("some")',
    ],
  ])('says what is wrong with %j, and the way out', (changes, start) => {
    expect(check(changes).problems).toEqual([expect.stringContaining(start)]);
  });

  it.each([
    { session: { secret: CANARY } },
    { session: { secret: [CANARY] } },
    { session: { secret: { value: CANARY } } },
    { session: CANARY },
    { session: { secert: CANARY } },
    { secret: CANARY },
    { signIn: { tickets: [{ issuer: 'https://a.test', secret: CANARY, algorithms: ['HS256'] }] } },
    { signIn: { tickets: [{ issuer: 'https://a.test', secrt: CANARY }] } },
    { signIn: { tickets: CANARY } },
    { upstreams: { a: { url: `http://user:${CANARY}@x:1` } } },
    { upstreams: { a: { url: `ftp://user:${CANARY}@x:1` } } },
    { upstreams: { a: { url: `http://x:1/?token=${CANARY}` } } },
    { publicUrl: `https://user:${CANARY}@dash.example.com` },
    { embed: { hosts: [`https://user:${CANARY}@app.example.com`] } },
    { signIn: { tickets: [{ issuer: 'https://a.test', jwksUrl: `http://x.test/?key=${CANARY}` }] } },
  ])('SEC-B21.2, SEC-D10.3 never shows a secret in a problem: %j', (changes) => {
    const { problems, warnings } = check(changes);
    expect(problems.length).toBeGreaterThan(0);
    expect([...problems, ...warnings].join('\n')).not.toContain(CANARY);
  });

  it('SEC-D10.3 shows no secret of the configuration in force when it is printed', () => {
    const { config } = check();
    expect(JSON.stringify(config)).not.toContain('w9Yx0Qf3');
    expect(String(config?.session.secrets)).toBe('[secret]');
  });

  it('SEC-B16.1 prints values on one line, without control characters', () => {
    const { problems } = check({ publicUrl: 'x\n\u001b[31mproblem: forged' });
    expect(problems.join('')).not.toMatch(/[\n\u001b]/);
  });
});

describe('checkServiceConfig', () => {
  const json = JSON.stringify(BASE);

  it('takes the named file, else FRAMEGATE_CONFIG, else framegate.yaml', () => {
    const folder = makeFolder({
      'a.json': json.replace('https://dash', 'https://a'),
      'b.json': json.replace('https://dash', 'https://b'),
      'framegate.yaml': json,
    });
    const originOf = (file: string | undefined, env: Record<string, string>): string | undefined =>
      checkServiceConfig(file, { env, cwd: folder, service: false }).config?.publicUrl.origin;
    expect(originOf('a.json', { FRAMEGATE_CONFIG: 'b.json' })).toBe('https://a.example.com');
    expect(originOf(undefined, { FRAMEGATE_CONFIG: 'b.json' })).toBe('https://b.example.com');
    expect(originOf(undefined, {})).toBe('https://dash.example.com');
  });

  it('does without a file when there are variables', () => {
    const env = { FRAMEGATE_PUBLIC_URL: 'https://dash.example.com', FRAMEGATE_UPSTREAMS_GRAFANA_URL: 'http://grafana:3000' };
    const cwd = makeFolder();
    expect(checkServiceConfig(undefined, { env, cwd, service: false }).config?.upstreams[0]?.origin).toBe('http://grafana:3000');
    expect(checkServiceConfig(undefined, { env: {}, cwd }).problems[0]?.path).toBe('--config');
  });

  it('refuses a service that nobody can sign in to', () => {
    const cwd = makeFolder({ 'framegate.yaml': json });
    expect(checkServiceConfig(undefined, { env: {}, cwd }).problems.map((problem) => problem.path)).toEqual(['signIn']);
  });
});
