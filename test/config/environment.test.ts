import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { BASE, check, checkInput, makeFolder, OTHER_SECRET, resolved, SECRET } from './base-config.ts';

describe('the environment', () => {
  it('overrides the file, which overrides the defaults', () => {
    const folder = makeFolder({ 'f.json': JSON.stringify({ ...BASE, session: { secret: SECRET, idleTimeout: '10m' } }) });
    const config = loadConfig(`${folder}/f.json`, { env: { FRAMEGATE_SESSION_IDLE_TIMEOUT: '5m' } });
    expect(config.session.idleTimeoutMs).toBe(300_000);
    expect(loadConfig(`${folder}/f.json`, { env: {} }).session.idleTimeoutMs).toBe(600_000);
    expect(config.session.absoluteTimeoutMs).toBe(8 * 3_600_000);
  });

  it('reads text, numbers, booleans and lists by what the key takes', () => {
    const config = resolved(
      {},
      {
        env: {
          FRAMEGATE_LISTEN_PORT: '9000',
          FRAMEGATE_EMBED_STORAGE_STAND_IN: 'false',
          FRAMEGATE_EMBED_HOSTS: 'https://a.example.com, https://b.example.com',
          FRAMEGATE_EMBED_TITLE: '123',
          FRAMEGATE_ADMIN: 'false',
          FRAMEGATE_TRUSTED_PROXIES: '',
        },
      },
    );
    expect(config.listen.port).toBe(9000);
    expect(config.embed).toMatchObject({ storageStandIn: false, hosts: ['https://a.example.com', 'https://b.example.com'], title: '123' });
    expect(config.admin).toBeUndefined();
    expect(config.trustedProxies).toEqual([]);
  });

  it('finds an upstream of the file by its name, and makes a new one', () => {
    const upstreams = { 'plant-strip': { url: 'http://a:1', mount: '/a' } };
    const env = {
      FRAMEGATE_UPSTREAMS_PLANT_STRIP_MOUNT: '/b',
      FRAMEGATE_UPSTREAMS_LAB_TWO_URL: 'http://b:2',
      FRAMEGATE_UPSTREAMS_LAB_TWO_FORWARD_COOKIES: 'theme',
    };
    const config = resolved({ upstreams }, { env });
    expect(config.upstreams.map(({ name, mount, stripMount, forwardCookies }) => ({ name, mount, stripMount, forwardCookies }))).toEqual([
      { name: 'plant-strip', mount: '/b', stripMount: false, forwardCookies: undefined },
      { name: 'lab-two', mount: '/', stripMount: false, forwardCookies: ['theme'] },
    ]);
  });

  it('changes elements of lists by their place', () => {
    const config = resolved(
      {},
      {
        env: {
          FRAMEGATE_ACCESS_RULES_0_WHO_GROUPS: 'night,day',
          FRAMEGATE_ACCESS_RULES_1_NAME: 'alice',
          FRAMEGATE_ACCESS_RULES_1_WHO_USERS: 'alice',
          FRAMEGATE_ACCESS_RULES_1_MAY: 'everything',
        },
      },
    );
    expect(config.rules.map((rule) => [rule.name, rule.who.groups, rule.who.users])).toEqual([
      ['operators', ['night', 'day'], []],
      ['alice', [], ['alice']],
    ]);
  });

  it('refuses a gap in a list', () => {
    expect(check({}, { env: { FRAMEGATE_ACCESS_RULES_5_NAME: 'x' } }).problems).toEqual([
      expect.stringMatching(/^FRAMEGATE_ACCESS_RULES_5_NAME: leaves a gap/),
    ]);
  });

  it('replaces the key source of the file, and never splits a secret', () => {
    const config = resolved(
      { session: { secretFile: '/does/not/exist' } },
      { env: { FRAMEGATE_SESSION_SECRET: `${SECRET},${OTHER_SECRET}` } },
    );
    expect(config.session.secrets.map((secret) => secret.revealText())).toEqual([`${SECRET},${OTHER_SECRET}`]);
  });

  it('SEC-D10.1 takes a secret from a file that a variable names', () => {
    const folder = makeFolder({ s: `${OTHER_SECRET}\n` });
    const config = resolved({}, { env: { FRAMEGATE_SESSION_SECRET_FILE: `${folder}/s` } });
    expect(config.session.secrets.map((secret) => secret.revealText())).toEqual([OTHER_SECRET]);
  });

  it('changes one of two keys that share a YAML anchor', () => {
    const text = [
      'publicUrl: https://dash.example.com',
      'upstreams:',
      '  a: { url: "http://a:1", timeouts: &t { connect: 1s } }',
      '  b: { url: "http://b:1", mount: /b, timeouts: *t }',
    ].join('\n');
    const folder = makeFolder({ 'f.yaml': text });
    const { config } = checkInput(`${folder}/f.yaml`, { env: { FRAMEGATE_UPSTREAMS_A_TIMEOUTS_CONNECT: '2s' } });
    expect(config?.upstreams.map((upstream) => upstream.timeouts.connectMs)).toEqual([2000, 1000]);
  });

  it.each([
    ['FRAMEGATE_PUBLICURL', 'FRAMEGATE_PUBLIC_URL'],
    ['FRAMEGATE_EMBED_HOST', 'FRAMEGATE_EMBED_HOSTS'],
    ['FRAMEGATE_UPSTREAMS_GRAFANA_URI', 'FRAMEGATE_UPSTREAMS_GRAFANA_URL'],
  ])('SEC-B21.4 refuses the unknown variable %s and suggests %s', (name, near) => {
    expect(check({}, { env: { [name]: 'x' } }).problems).toEqual([
      `${name}: is not a known variable. Did you mean ${near}? The names are listed in docs/configuration.md.`,
    ]);
  });

  it('refuses an empty variable where a value is needed', () => {
    expect(check({}, { env: { FRAMEGATE_LOG_LEVEL: '' } }).problems).toEqual([expect.stringMatching(/^FRAMEGATE_LOG_LEVEL: is empty/)]);
  });

  it('leaves alone what is not meant for it', () => {
    const env = {
      FRAMEGATE_CONFIG: '/elsewhere',
      PATH: '/bin',
      // Kubernetes gives these to every container beside a service called framegate.
      FRAMEGATE_SERVICE_HOST: '10.0.0.1',
      FRAMEGATE_SERVICE_PORT_HTTP: '8000',
      FRAMEGATE_PORT: 'tcp://10.0.0.1:8000',
      FRAMEGATE_PORT_8000_TCP_ADDR: '10.0.0.1',
      FRAMEGATE_ADMIN_PORT: 'tcp://10.0.0.2:8002',
    };
    expect(check({}, { env }).problems).toEqual([]);
  });

  it('names the variable that a bad value came from', () => {
    expect(check({}, { env: { FRAMEGATE_LISTEN_PORT: '99999', FRAMEGATE_PUBLIC_URL: 'ftp://x' } }).problems).toEqual([
      'listen.port (from FRAMEGATE_LISTEN_PORT): is too large (99999). Write at most 65535.',
      expect.stringMatching(/^publicUrl \(from FRAMEGATE_PUBLIC_URL\): is not an http or https URL/),
    ]);
  });

  it('SEC-B19.1 makes no key of the object prototype', () => {
    const names = ['CONSTRUCTOR', 'PROTOTYPE', '__PROTO__'].map((word) => `FRAMEGATE_UPSTREAMS_${word}_URL`);
    for (const name of names) expect(check({}, { env: { [name]: 'http://x:1' } }).problems, name).not.toEqual([]);
    expect(Object.hasOwn(Object, 'url')).toBe(false);
  });

  it('does not touch an object given in code unless asked to', () => {
    expect(check({}, {}).config?.listen.port).toBe(8000);
  });
});
