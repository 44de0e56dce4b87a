// `npm run test:grafana -- URL`: the suite against a real Grafana. Without a URL nothing is asked, and a line says so.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { GRAFANA_VARIABLE } from './address.ts';

const url = process.argv[2];
const vitest = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs');
const { status } = spawnSync(process.execPath, [vitest, 'run', '--project', 'grafana'], {
  stdio: 'inherit',
  env: { ...process.env, ...(url === undefined ? {} : { [GRAFANA_VARIABLE]: url }) },
});
process.exitCode = status ?? 1;
