// The demo as a function: a dashboard server, a host application, and the gate between them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Config } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Log } from '../../src/kernel/log.ts';
import { serve } from '../../src/service.ts';
import { hashPassword } from '../../src/sign-in/argon2id.ts';
import { buildAccess, type DemoAccess, PLANT_ACCESS } from './access.ts';
import { GATE_ACCOUNT, HOST_PEOPLE } from './accounts.ts';
import { buildConfig, LOOPBACK } from './configuration.ts';
import { startDashboard } from './dashboard/dashboard.ts';
import { startHostApp } from './host-app/host-app.ts';
import type { Plant } from './host-app/pages.ts';
import type { DemoPorts } from './ports.ts';
import { claimPorts, DEFAULT_FIRST_PORT, listPorts } from './ports.ts';

export interface DemoOptions {
  /** 0 takes a free port. Default: 8000 to 8003. */
  readonly ports?: DemoPorts;
  /** A dashboard server that runs already, such as a real Grafana; the stand-in is then not started. */
  readonly upstream?: string;
  /** Path of a dashboard to embed. Default: the stand-in's two; `/dashboards` of another server. */
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
  /** Who did what: a JSON line each. It goes with the demo. */
  readonly auditFile: string;
  /** What the host application's people see. */
  readonly sees: DemoAccess['sees'];
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
    const { plants, access } = listPlants(gateUrl, options);
    const hostApp = await keep(
      startHostApp({ port: ports.hostApp, host: LOOPBACK, publicUrl: hostAppUrl, gateUrl, people: Object.values(HOST_PEOPLE), plants }),
    );
    const { usersFile, auditFile } = await keep(makeFolder());
    const config = buildConfig({
      ports,
      gateUrl,
      upstreamUrl,
      hostApp,
      hosts: [hostAppUrl, crossSiteHostAppUrl],
      usersFile,
      auditFile,
      rules: access.rules,
      logLevel: options.logLevel ?? 'warn',
    });
    await keep(serve(loadConfig(config, { service: true }), options.log === undefined ? {} : { log: options.log }));
    const adminUrl = `http://${LOOPBACK}:${ports.admin}`;
    return { hostAppUrl, crossSiteHostAppUrl, gateUrl, adminUrl, upstreamUrl, auditFile, sees: access.sees, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A folder with the users file, which is gone after the demo. */
async function makeFolder(): Promise<{ usersFile: string; auditFile: string; close(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'framegate-demo-'));
  const { password, ...account } = GATE_ACCOUNT;
  const usersFile = path.join(folder, 'users.json');
  await writeFile(usersFile, JSON.stringify({ users: [{ ...account, passwordHash: await hashPassword(password) }] }), { mode: 0o600 });
  return { usersFile, auditFile: path.join(folder, 'audit.log'), close: () => rm(folder, { recursive: true, force: true }) };
}

function listPlants(gateUrl: string, { upstream, dashboardPath }: DemoOptions): { plants: readonly Plant[]; access: DemoAccess } {
  if (upstream === undefined && dashboardPath === undefined) {
    const plants = [
      { id: 'plant-a', label: 'Plant A', dashboardUrl: `${gateUrl}/d/plant-a/plant-a-cooling-water?kiosk` },
      { id: 'plant-b', label: 'Plant B', dashboardUrl: `${gateUrl}/d/plant-b/plant-b-steam?kiosk` },
    ];
    return { plants, access: PLANT_ACCESS };
  }
  const all = { id: 'all', label: 'All dashboards', dashboardUrl: `${gateUrl}/dashboards` };
  const chosen = dashboardPath === undefined ? [] : [{ id: 'dashboard', label: 'Dashboard', dashboardUrl: gateUrl + dashboardPath }];
  return { plants: [...chosen, all], access: buildAccess(dashboardPath) };
}
