// node examples/express-host/main.ts [--upstream URL] [--dashboard UID] [--port N]

import { parseArgs } from 'node:util';
import { startDashboard } from '../demo/dashboard/dashboard.ts';
import { startHost } from './host.ts';
import { EXAMPLE_USERS } from './users.ts';

const { values } = parseArgs({
  options: {
    upstream: { type: 'string' },
    dashboard: { type: 'string', default: 'plant-a' },
    port: { type: 'string', default: '8001' },
  },
});
// The demo's own dashboard server stands in for Grafana; like it, it is told under which path browsers see it.
const standIn = values.upstream === undefined ? await startDashboard({ port: 0, host: '127.0.0.1', basePath: '/dashboards' }) : undefined;
const host = await startHost({
  port: Number(values.port),
  upstreamUrl: values.upstream ?? standIn?.url ?? '',
  dashboard: { uid: values.dashboard, path: `/d/${encodeURIComponent(values.dashboard)}?kiosk` },
  dataSources: standIn === undefined ? ['*'] : ['historian-a'],
});

// Before anything is printed: from then on, Ctrl-C must stop everything in order.
process.once('SIGINT', () => void stop());
process.stdout.write(`Open ${host.url} and sign in:\n`);
for (const { name, password, groups } of EXAMPLE_USERS)
  process.stdout.write(
    `  ${name.padEnd(6)} ${password.padEnd(12)} ${groups.includes('operators') ? 'sees the dashboard' : 'is refused in the frame'}\n`,
  );
process.stdout.write('Ctrl-C stops everything.\n');

/** After it nothing is left to do, and the process ends by itself. */
async function stop(): Promise<void> {
  await host.close();
  await standIn?.close();
}
