// examples/compose, without a container engine: its files agree with each other where a slip would open Grafana to
// everybody, or leave it blank. What the containers run is tried in test/package/image.test.ts.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkConfig } from '../../src/config/load.ts';

interface Service {
  readonly image: string;
  readonly ports?: readonly string[];
  readonly user?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly networks?: Readonly<Record<string, { readonly ipv4_address?: string }>>;
  readonly privileged?: boolean;
  readonly pids_limit?: number;
  readonly mem_limit?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly internal?: boolean;
        readonly ipam: { readonly config: readonly { readonly subnet: string; readonly ip_range?: string }[] };
      }
    >
  >;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const FOLDER = fileURLToPath(new URL('../../examples/compose/', import.meta.url));
const read = (file: string): Promise<string> => readFile(FOLDER + file, 'utf8');
const compose = parse(await read('compose.yaml'), { merge: true }) as Compose;
const { framegate, grafana, host, caddy, keys } = compose.services;

/** Values of an ini file as `section.key`. */
function parseIni(text: string): Record<string, string> {
  let section = '';
  return Object.fromEntries(
    text.split('\n').flatMap((line): [string, string][] => {
      section = /^\[(.+)\]$/.exec(line)?.[1] ?? section;
      const [, key = '', value = ''] = /^(\w+) = (.*)$/.exec(line) ?? [];
      return key === '' ? [] : [[`${section}.${key}`, value]];
    }),
  );
}

/** As compose fills `${NAME:-default}` in. */
function fillIn(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_match, name: string, fallback: string) => variables[name] || fallback);
}

describe('compose.yaml', () => {
  it.each(Object.entries(compose.services))('bounds what %s can take and become', (_name, service) => {
    expect(service.pids_limit).toBeGreaterThan(0);
    expect(service.mem_limit).toMatch(/^\d+[mg]$/);
    expect(service.security_opt).toEqual(['no-new-privileges:true']);
  });

  it('publishes no port of Grafana, and keeps it in a network without a way out', () => {
    expect(grafana?.ports).toBeUndefined();
    expect(Object.keys(grafana?.networks ?? {})).toEqual(['inside']);
    expect(compose.networks['inside']?.internal).toBe(true);
    expect(Object.keys(host?.networks ?? {})).not.toContain('inside');
  });

  it('publishes the others on loopback only', () => {
    for (const service of Object.values(compose.services)) {
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
  });

  it('gives no container more than it needs', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      expect(service.cap_drop, name).toEqual(['ALL']);
      expect(service.privileged, name).toBeUndefined();
      expect(service.image, name).not.toMatch(/:latest$|^[^:]+$/);
    }
    for (const service of [framegate, host, keys]) {
      expect(service?.read_only).toBe(true);
      expect(service?.security_opt).toEqual(['no-new-privileges:true']);
    }
    for (const service of [framegate, host]) {
      expect(service?.user).toBeUndefined();
      expect(service?.cap_add).toBeUndefined();
    }
  });

  it('hands the private key to the host application alone, and no secret by environment', () => {
    const holders = Object.entries(compose.services).filter(([, service]) =>
      service.volumes?.some((volume) => volume.startsWith('host-keys:')),
    );
    expect(holders.map(([name]) => name).sort()).toEqual(['host', 'keys']);
    for (const service of Object.values(compose.services)) {
      expect(Object.keys(service.environment ?? {}).filter((name) => /SECRET$|PASSWORD|TOKEN|KEY$/.test(name))).toEqual([]);
      for (const volume of service.volumes ?? []) if (/-keys:/.test(volume) && service !== keys) expect(volume).toMatch(/:ro$/);
    }
  });

  it('mounts files that are there', async () => {
    const sources = Object.values(compose.services).flatMap((service) =>
      (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? ''),
    );
    const files = sources.filter((source) => /^\.\/.*\.\w+$/.test(source));
    expect(files.length).toBeGreaterThan(3);
    for (const file of files) expect((await read(file)).length, file).toBeGreaterThan(0);
    for (const volume of sources.filter((source) => !source.startsWith('.'))) expect(Object.keys(compose.volumes)).toContain(volume);
  });
});

describe('Grafana of the example', () => {
  it("SEC-D12.3 believes the identity headers of the gate's one address and of nobody else", async () => {
    const ini = parseIni(await read('grafana/grafana.ini'));
    const address = framegate?.networks?.['inside']?.ipv4_address ?? 'none';
    expect(ini['auth.proxy.whitelist']).toBe(`${address}/32`);
    expect(compose.networks['inside']?.ipam.config[0]?.subnet).toBe(address.replace(/\.\d+$/, '.0/24'));
    expect(grafana?.networks?.['inside']?.ipv4_address).not.toBe(address);
  });

  it('keeps no cache of identities, no session and no log-in of its own', async () => {
    expect(parseIni(await read('grafana/grafana.ini'))).toMatchObject({
      'auth.proxy.enabled': 'true',
      'auth.proxy.sync_ttl': '0',
      'auth.proxy.enable_login_token': 'false',
      'auth.proxy.auto_sign_up': 'true',
      'auth.disable_login_form': 'true',
      'auth.basic.enabled': 'false',
      'auth.anonymous.enabled': 'false',
      'users.auto_assign_org_role': 'Viewer',
      'security.disable_initial_admin_creation': 'true',
      'security.allow_embedding': 'false',
    });
  });

  it('reads the header names that framegate sends, encoded as it sends them', async () => {
    const ini = parseIni(await read('grafana/grafana.ini'));
    const { config } = checkConfig(await readGateConfig({}));
    expect(config?.upstreams[0]?.encodeIdentity).toBe(ini['auth.proxy.headers_encoded'] === 'true');
    expect(ini['auth.proxy.header_name']).toBe('X-WEBAUTH-USER');
    expect(ini['auth.proxy.headers']).toBe('Name:X-WEBAUTH-NAME Email:X-WEBAUTH-EMAIL Groups:X-WEBAUTH-GROUPS Role:X-WEBAUTH-ROLE');
    expect(config?.upstreams[0]?.identityHeaders).toBeUndefined();
  });

  it('has a dashboard with a time series, a stat, a table and a live panel, on the provisioned data source', async () => {
    const dashboard = JSON.parse(await read('grafana/dashboards/plant-a.json')) as {
      uid: string;
      panels: { type: string; datasource?: { uid: string }; targets?: { channel?: string }[] }[];
    };
    expect(dashboard.uid).toBe('plant-a');
    expect([...new Set(dashboard.panels.map((panel) => panel.type))]).toEqual(expect.arrayContaining(['timeseries', 'stat', 'table']));
    expect(dashboard.panels.some((panel) => panel.targets?.some((target) => target.channel !== undefined))).toBe(true);
    const { datasources } = parse(await read('grafana/provisioning/datasources/testdata.yaml')) as { datasources: { uid: string }[] };
    const known = ['grafana', ...datasources.map((source) => source.uid)];
    for (const panel of dashboard.panels) if (panel.datasource !== undefined) expect(known).toContain(panel.datasource.uid);
    const { providers } = parse(await read('grafana/provisioning/dashboards/plant.yaml')) as { providers: { options: { path: string } }[] };
    expect(grafana?.volumes).toContain(`./grafana/dashboards:${providers[0]?.options.path}:ro`);
    expect(await read('host.mjs')).toContain(`/d/${dashboard.uid}/`);
  });
});

describe('framegate of the example', () => {
  it.each([
    {
      name: 'plain http on this machine',
      file: undefined,
      publicUrl: 'http://localhost:8000',
      hosts: ['http://localhost:8001'],
      cookies: 'lax',
    },
    {
      name: 'TLS by Caddy',
      file: 'tls.env',
      publicUrl: 'https://dash.localhost',
      hosts: ['https://app.localhost'],
      cookies: 'partitioned',
    },
  ])('has a configuration without problems for $name', async ({ file, publicUrl, hosts, cookies }) => {
    const variables =
      file === undefined
        ? {}
        : Object.fromEntries(
            (await read(file)).split('\n').flatMap((line) => (/^\w+=/.test(line) ? [line.split('=', 2) as [string, string]] : [])),
          );
    const env = Object.fromEntries(Object.entries(framegate?.environment ?? {}).map(([key, value]) => [key, fillIn(value, variables)]));
    const { config, problems, warnings } = checkConfig(await readGateConfig(env), { env, service: true });
    expect(problems).toEqual([]);
    // In a container the port is published on loopback; the secrets of this test stand in for files.
    const isMeant = ({ path }: { readonly path: string }): boolean =>
      path === 'session.secret' || path.endsWith('].secret') || (path === 'listen.host' && file === undefined);
    expect(warnings.filter((warning) => !isMeant(warning))).toEqual([]);
    expect(config?.publicUrl.origin).toBe(publicUrl);
    expect(config?.embed).toMatchObject({ hosts, cookies });
    expect(config?.signIn.tickets[0]).toMatchObject({ issuer: hosts[0], audience: publicUrl });
    expect(config?.trustedProxies).toEqual(file === undefined ? [] : [`${caddy?.networks?.['outside']?.ipv4_address}/32`]);
    expect(fillIn(grafana?.environment?.['GF_SERVER_ROOT_URL'] ?? '', variables)).toBe(`${publicUrl}/`);
    expect(host?.environment && fillIn(host.environment['HOST_URL'] ?? '', variables)).toBe(hosts[0]);
  });

  it('is where Caddy and the health check look for it', async () => {
    const caddyfile = await read('Caddyfile');
    const config = parse(await read('framegate/framegate.yaml')) as { listen: { port: number }; admin: { host: string; port: number } };
    expect(caddyfile).toContain(`dash.localhost {\n\treverse_proxy framegate:${config.listen.port}\n}`);
    expect(config.admin).toEqual({ host: '127.0.0.1', port: 8002 });
    expect(framegate?.ports).toEqual([`127.0.0.1:8000:${config.listen.port}`]);
    // A fixed address must not be given to another container first.
    expect(compose.networks['outside']?.ipam.config[0]?.ip_range).toBe('172.30.81.128/25');
  });
});

/** The example's file as an object, with the key files, which exist only in containers, replaced by texts. */
async function readGateConfig(env: Readonly<Record<string, string>>): Promise<Parameters<typeof checkConfig>[0]> {
  const input = parse(await read('framegate/framegate.yaml')) as {
    signIn: { tickets: Record<string, unknown>[] };
    session: Record<string, unknown>;
  };
  expect(Object.keys(env).filter((name) => name.includes('FILE'))).toEqual([]);
  expect(input.session).toEqual({ secretFile: '/run/keys/gate/session-secret' });
  const [ticket] = input.signIn.tickets;
  expect(ticket?.['jwksFile']).toBe('/run/keys/gate/ticket-keys.json');
  return {
    ...input,
    session: { secret: 'a secret of the tests, 32 bytes or longer' },
    signIn: { tickets: [{ issuer: ticket?.['issuer'], algorithms: ['HS256'], secret: 'another secret of the tests, long enough' }] },
  } as unknown as Parameters<typeof checkConfig>[0];
}
