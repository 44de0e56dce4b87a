// The demo as a function: a dashboard server, a host application, and the gate between them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { Log } from '../../src/kernel/log.ts';
import { serve } from '../../src/service.ts';
import { hashPassword } from '../../src/sign-in/argon2id.ts';
import { GATE_ACCOUNT, HOST_PEOPLE, OPERATORS } from './accounts.ts';
import { startDashboard } from './dashboard/dashboard.ts';
import { startHostApp } from './host-app/host-app.ts';
import type { Plant } from './host-app/pages.ts';
import type { DemoPorts } from './ports.ts';
import { claimPorts, DEFAULT_FIRST_PORT, listPorts } from './ports.ts';

/** Everything in the demo listens here and nowhere else: the dashboard server believes whoever reaches it. */
const LOOPBACK = '127.0.0.1';

export interface DemoOptions {
  /** 0 takes a free port. Default: 8000 to 8003. */
  readonly ports?: DemoPorts;
  /** A dashboard server that runs already, such as a real Grafana; the stand-in is then not started. */
  readonly upstream?: string;
  /** Path of the one dashboard to embed. Default: the stand-in's two; `/` of another server. */
  readonly dashboardPath?: string;
  /** Least severe line that the gate writes. Default: warn. */
  readonly logLevel?: Config['log']['level'];
  /** Where the gate writes instead of standard output. */
  readonly log?: Log;
}

export interface RunningDemo {
  /** Open this one. */
  readonly hostAppUrl: string;
  /** The same application under another site: cookies are cross-site there. */
  readonly crossSiteHostAppUrl: string;
  readonly gateUrl: string;
  readonly adminUrl: string;
  readonly upstreamUrl: string;
  close(): Promise<void>;
}

/** @throws {PortsTakenError}, {ConfigError} when `upstream` cannot be one. */
export async function startDemo(options: DemoOptions = {}): Promise<RunningDemo> {
  const ports = await claimPorts(options.ports ?? listPorts(DEFAULT_FIRST_PORT));
  const gateUrl = `http://localhost:${ports.gate}`;
  const hostAppUrl = `http://localhost:${ports.hostApp}`;
  const crossSiteHostAppUrl = `http://${LOOPBACK}:${ports.hostApp}`;
  const running: { close(): Promise<void> }[] = [];

  async function close(): Promise<void> {
    for (const part of running.splice(0).reverse()) await part.close();
  }

  async function keep<Part extends { close(): Promise<void> }>(starting: Promise<Part>): Promise<Part> {
    const part = await starting;
    running.push(part);
    return part;
  }

  try {
    const upstreamUrl = options.upstream ?? (await keep(startDashboard({ port: ports.dashboard, host: LOOPBACK }))).url;
    const plants = listPlants(gateUrl, options);
    const hostApp = await keep(
      startHostApp({ port: ports.hostApp, host: LOOPBACK, publicUrl: hostAppUrl, gateUrl, people: HOST_PEOPLE, plants }),
    );
    const config = await loadDemoConfig((usersFile) => ({
      publicUrl: gateUrl,
      listen: { host: LOOPBACK, port: ports.gate },
      admin: { host: LOOPBACK, port: ports.admin },
      upstreams: { dashboards: { preset: 'grafana', url: upstreamUrl } },
      signIn: { password: { usersFile }, tickets: [{ issuer: hostApp.issuer, jwksUrl: hostApp.jwksUrl }] },
      embed: { hosts: [hostAppUrl, crossSiteHostAppUrl], title: 'Acme dashboards' },
      access: {
        rules: [{ name: 'operators see the dashboards', who: { groups: [OPERATORS] }, may: ['everything'], as: { role: 'Viewer' } }],
      },
      log: { level: options.logLevel ?? 'warn' },
    }));
    await keep(serve(config, options.log === undefined ? {} : { log: options.log }));
    return { hostAppUrl, crossSiteHostAppUrl, gateUrl, adminUrl: `http://${LOOPBACK}:${ports.admin}`, upstreamUrl, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The users file exists only while it is read. */
async function loadDemoConfig(build: (usersFile: string) => ConfigInput): Promise<Config> {
  const folder = await mkdtemp(path.join(tmpdir(), 'framegate-demo-'));
  try {
    const { password, ...account } = GATE_ACCOUNT;
    const usersFile = path.join(folder, 'users.json');
    await writeFile(usersFile, JSON.stringify({ users: [{ ...account, passwordHash: await hashPassword(password) }] }), { mode: 0o600 });
    return loadConfig(build(usersFile), { service: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function listPlants(gateUrl: string, { upstream, dashboardPath }: DemoOptions): readonly Plant[] {
  if (upstream === undefined && dashboardPath === undefined) {
    return [
      { id: 'plant-a', label: 'Plant A', dashboardUrl: `${gateUrl}/d/plant-a/plant-a-cooling-water?kiosk` },
      { id: 'plant-b', label: 'Plant B', dashboardUrl: `${gateUrl}/d/plant-b/plant-b-steam?kiosk` },
    ];
  }
  return [{ id: 'dashboard', label: 'Dashboard', dashboardUrl: gateUrl + (dashboardPath ?? '/') }];
}
