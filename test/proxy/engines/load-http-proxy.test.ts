// http-proxy 1.18.1 calls a function that Node deprecates: a warning at each start, and an end on the day it goes.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const MODULE = fileURLToPath(new URL('../../../src/proxy/engines/load-http-proxy.ts', import.meta.url));

it('PRX-H1 http-proxy starts without a deprecation, and leaves util as it was', async () => {
  const program = `
    const { loadHttpProxy } = await import(${JSON.stringify(MODULE)});
    loadHttpProxy().createProxyServer({ target: 'http://127.0.0.1:1' }).close();
    const { _extend } = await import('node:util');
    console.log(_extend === Object.assign);`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--throw-deprecation', '--input-type=module', '-e', program]);
  expect({ stdout, stderr }).toEqual({ stdout: 'false\n', stderr: '' });
});
