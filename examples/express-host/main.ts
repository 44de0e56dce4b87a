// node examples/express-host/main.ts [--upstream URL] [--dashboard PATH] [--port N]

import { parseArgs } from 'node:util';
import { startDashboard } from '../demo/dashboard/dashboard.ts';
import { startHost } from './host.ts';
import { EXAMPLE_USERS } from './users.ts';

const { values } = parseArgs({
  options: {
    upstream: { type: 'string' },
    dashboard: { type: 'string', default: '/d/plant-a/plant-a-cooling-water?kiosk' },
    port: { type: 'string', default: '8001' },
  },
});
// The demo's own dashboard server stands in for Grafana; like it, it is told under which path browsers see it.
const standIn = values.upstream === undefined ? await startDashboard({ port: 0, host: '127.0.0.1', basePath: '/dashboards' }) : undefined;
const host = await startHost({
  port: Number(values.port),
  upstreamUrl: values.upstream ?? standIn?.url ?? '',
  dashboardPath: values.dashboard,
});

process.stdout.write(`Open ${host.url} and sign in:\n`);
for (const { name, password, groups } of EXAMPLE_USERS)
  process.stdout.write(`  ${name.padEnd(6)} ${password.padEnd(12)} ${groups.join(', ')}\n`);
process.stdout.write('Ctrl-C stops everything.\n');

process.once('SIGINT', () => void stop());

/** After it nothing is left to do, and the process ends by itself. */
async function stop(): Promise<void> {
  await host.close();
  await standIn?.close();
}
