// The gate's configuration in the demo; as a file it would be ten lines of YAML.

import type { Config } from '../../src/config/config.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import type { DemoAccess } from './access.ts';
import type { DemoPorts } from './ports.ts';

/** Everything in the demo listens here and nowhere else: the dashboard server believes whoever reaches it. */
export const LOOPBACK = '127.0.0.1';

export interface DemoConfigOptions {
  readonly ports: DemoPorts;
  readonly gateUrl: string;
  readonly upstreamUrl: string;
  readonly hostApp: { readonly issuer: string; readonly jwksUrl: string };
  /** Origins of the pages that hold the iframe. */
  readonly hosts: string[];
  readonly usersFile: string;
  readonly auditFile: string;
  readonly rules: DemoAccess['rules'];
  readonly logLevel: Config['log']['level'];
}

export function buildConfig({ ports, gateUrl, hostApp, hosts, ...options }: DemoConfigOptions): ConfigInput {
  return {
    publicUrl: gateUrl,
    listen: { host: LOOPBACK, port: ports.gate },
    admin: { host: LOOPBACK, port: ports.admin },
    upstreams: { dashboards: { preset: 'grafana', url: options.upstreamUrl } },
    signIn: { password: { usersFile: options.usersFile }, tickets: [{ issuer: hostApp.issuer, jwksUrl: hostApp.jwksUrl }] },
    embed: { hosts, title: 'Acme dashboards' },
    access: { rules: options.rules },
    // In a file, as the terminal is for what to open.
    audit: { to: 'file', file: options.auditFile },
    log: { level: options.logLevel },
  };
}
