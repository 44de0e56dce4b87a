import { chmodSync, copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { check, makeFolder, resolved } from './base-config.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/tls');
const ENCRYPTED =
  '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiJ\n-----END ENCRYPTED PRIVATE KEY-----\n';

/** A folder with the named fixtures, unreadable to others. */
function withFixtures(...names: string[]): string {
  const folder = makeFolder();
  for (const name of names) {
    copyFileSync(join(FIXTURES, name), join(folder, name));
    chmodSync(join(folder, name), 0o600);
  }
  return folder;
}

const withTls = (tls: object, url = 'https://grafana:3000'): Record<string, unknown> => ({ upstreams: { grafana: { url, tls } } });
const inFolder = (folder: string, ...names: string[]): string[] => names.map((name) => join(folder, name));

describe('upstreams.<name>.tls', () => {
  it('reads the CA, the client certificate and its key', () => {
    const [caFile, certFile, keyFile] = inFolder(
      withFixtures('ca.pem', 'client.pem', 'client-key.pem'),
      'ca.pem',
      'client.pem',
      'client-key.pem',
    );
    const found = check(withTls({ caFile, certFile, keyFile, serverName: 'grafana.internal' }));
    expect([found.problems, found.warnings]).toEqual([[], expect.not.arrayContaining([expect.stringContaining('tls')])]);
    const tls = found.config?.upstreams[0]?.tls;
    expect(tls?.ca).toContain('BEGIN CERTIFICATE');
    expect(tls?.cert).toContain('BEGIN CERTIFICATE');
    expect(tls?.serverName).toBe('grafana.internal');
    expect(tls?.key?.revealText()).toContain('PRIVATE KEY');
    expect(JSON.stringify(found.config)).not.toContain('PRIVATE KEY');
  });

  it('has no key that switches verification off', () => {
    for (const key of ['insecure', 'verify', 'rejectUnauthorized', 'skipVerify'])
      expect(check(withTls({ [key]: true })).problems).toEqual([expect.stringContaining(`upstreams.grafana.tls.${key}`)]);
  });

  it('warns of a key that everybody can read', () => {
    const folder = withFixtures('client.pem', 'client-key.pem');
    const [certFile = '', keyFile = ''] = inFolder(folder, 'client.pem', 'client-key.pem');
    chmodSync(keyFile, 0o644);
    expect(check(withTls({ certFile, keyFile })).warnings).toContainEqual(
      expect.stringMatching(/^upstreams\.grafana\.tls\.keyFile: .*Run chmod 600/),
    );
  });

  it.each([
    ['a file that is missing', { caFile: '/nowhere/ca.pem' }, 'tls.caFile: names a file that does not exist'],
    ['half a pair', { certFile: join(FIXTURES, 'client.pem') }, 'tls.certFile: has no keyFile beside it'],
    ['the other half', { keyFile: join(FIXTURES, 'client-key.pem') }, 'tls.keyFile: has no certFile beside it'],
    [
      'two that do not belong together',
      { certFile: join(FIXTURES, 'client.pem'), keyFile: join(FIXTURES, 'server-key.pem') },
      'tls.keyFile: is not the key of the certificate in certFile',
    ],
    ['a key as CA', { caFile: join(FIXTURES, 'client-key.pem') }, 'tls.caFile: holds no certificate'],
    [
      'a certificate as key',
      { certFile: join(FIXTURES, 'client.pem'), keyFile: join(FIXTURES, 'client.pem') },
      'tls.keyFile: holds no private key that can be read',
    ],
    ['a name that is none', { serverName: 'grafana:3000' }, 'tls.serverName: is not a host name'],
  ])('refuses %s', (_name, tls, says) => {
    const { problems } = check(withTls(tls));
    expect(problems).toEqual([expect.stringContaining(says)]);
    expect(problems.join()).not.toContain('PRIVATE KEY');
  });

  it('refuses a CA file of which one certificate cannot be read', () => {
    const good = readFileSync(join(FIXTURES, 'ca.pem'), 'latin1');
    const folder = makeFolder({ 'ca.pem': `${good}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n` });
    expect(check(withTls({ caFile: join(folder, 'ca.pem') })).problems).toEqual([
      expect.stringContaining('holds a certificate that cannot be read'),
    ]);
  });

  it('refuses a key with a passphrase', () => {
    const folder = makeFolder({ 'key.pem': ENCRYPTED });
    const problems = check(withTls({ certFile: join(FIXTURES, 'client.pem'), keyFile: join(folder, 'key.pem') })).problems;
    expect(problems).toEqual([expect.stringMatching(/holds (?:an encrypted private key|no private key that can be read)/)]);
  });

  it.each(['http://grafana:3000', 'unix:/run/grafana.sock'])('refuses TLS for %s', (url) => {
    expect(check(withTls({ caFile: join(FIXTURES, 'ca.pem') }, url)).problems).toEqual([
      expect.stringContaining('tls: is for an https url only'),
    ]);
  });
});

describe('unix sockets', () => {
  it('SEC-B22.1 takes the absolute path that the scheme opts in to', () => {
    expect(resolved({ upstreams: { grafana: { url: 'unix:/run/grafana/grafana.sock' } } }).upstreams[0]).toMatchObject({
      origin: 'http://localhost',
      basePath: '',
      socketPath: '/run/grafana/grafana.sock',
    });
    expect(resolved({ upstreams: { grafana: { url: 'http://grafana:3000' } } }).upstreams[0]?.socketPath).toBeUndefined();
  });

  it.each([
    ['unix:grafana.sock', 'is not the absolute path'],
    ['unix:./grafana.sock', 'is not the absolute path'],
    ['unix:', 'is not the absolute path'],
    ['unix:///run/grafana.sock', 'begins with two slashes'],
    ['unix://host/run/grafana.sock', 'begins with two slashes'],
    ['unix:/run/../etc/x.sock', 'could be read in two ways'],
    ['unix:/run//x.sock', 'could be read in two ways'],
    ['unix:/run/x.sock/', 'could be read in two ways'],
    ['unix:/run/x.sock?a', 'could be read in two ways'],
    ['unix:/run/x%2fy.sock', 'could be read in two ways'],
    ['unix:/run/x.sock:/base', 'could be read in two ways'],
    [`unix:/${'x'.repeat(120)}`, 'is too long'],
    ['unix:/var/run/docker.sock', 'is the socket of a container engine'],
    ['UNIX:/run/podman/podman.sock', 'is the socket of a container engine'],
  ])('SEC-B22.1 refuses %s', (url, says) => {
    expect(check({ upstreams: { grafana: { url } } }).problems).toEqual([expect.stringContaining(says)]);
  });
});

describe('health and bounds', () => {
  it('has a circuit without a probe, and no bound on bodies', () => {
    expect(resolved().upstreams[0]).toMatchObject({
      health: { path: undefined, intervalMs: 10_000, failures: 5, openForMs: 5000 },
      maxBodyBytes: undefined,
    });
    expect(resolved().session.maxSocketAgeMs).toBeUndefined();
  });

  it.each([
    [{ health: { path: 'api/health' } }, 'health.path: is not a path'],
    [{ health: { path: '/api/health x' } }, 'health.path: is not a path'],
    [{ health: { path: '/a#b' } }, 'health.path: holds a fragment'],
    [{ health: { interval: '0s' } }, 'health.interval: must be more than zero'],
    [{ health: { openFor: '0s' } }, 'health.openFor: must be more than zero'],
    [{ health: { failures: 0 } }, 'health.failures'],
    [{ maxBodyBytes: 0 }, 'maxBodyBytes'],
  ])('refuses %j', (more, says) => {
    expect(check({ upstreams: { grafana: { url: 'http://grafana:3000', ...more } } }).problems).toEqual([expect.stringContaining(says)]);
  });
});
