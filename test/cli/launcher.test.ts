// The launcher on a Node that is too old: hands over to the one of the checkout, or says what is needed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder } from './run-cli.ts';

const LAUNCHER = join(import.meta.dirname, '../../src/cli/framegate.js');
/** Makes this Node say that it is another. */
const pretend = (version: string): string =>
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'${version}'}})`;

/** A checkout with the launcher, and the given script in the place of its own Node. */
function makeCheckout(localNode?: { version: string; script: string }): string {
  const root = makeFolder({ 'package.json': '{"type":"module"}' });
  mkdirSync(join(root, 'src/cli'), { recursive: true });
  copyFileSync(LAUNCHER, join(root, 'src/cli/framegate.js'));
  writeFileSync(
    join(root, 'src/cli/main.ts'),
    'export async function main(args: string[]): Promise<number> { console.log("main", ...args); return 3; }\n',
  );
  if (localNode === undefined) return root;
  mkdirSync(join(root, 'node_modules/node/bin'), { recursive: true });
  writeFileSync(join(root, 'node_modules/node/package.json'), JSON.stringify({ version: localNode.version }));
  writeFileSync(join(root, 'node_modules/node/bin/node'), `#!/bin/sh\n${localNode.script}\n`);
  chmodSync(join(root, 'node_modules/node/bin/node'), 0o755);
  return root;
}

async function launch(
  root: string,
  version: string,
  signal?: NodeJS.Signals,
): Promise<{ code: unknown; signal: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--import', pretend(version), join(root, 'src/cli/framegate.js'), 'serve', '--config', 'a b']);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += String(chunk);
    if (signal !== undefined && stdout === 'ready\n') child.kill(signal);
  });
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const [code, ended] = (await once(child, 'close')) as [unknown, unknown];
  return { code, signal: ended, stdout, stderr };
}

describe.skipIf(process.platform === 'win32')('the launcher', () => {
  it('runs the sources of a checkout on a Node that is new enough', async () => {
    expect(await launch(makeCheckout(), '24.14.0')).toMatchObject({ code: 3, stdout: 'main serve --config a b\n' });
  });

  it('hands over to the Node of the checkout, arguments and exit code included', async () => {
    const script = 'shift 2; shift; for arg in "$@"; do echo "[$arg]"; done; exit 7';
    expect(await launch(makeCheckout({ version: '24.21.0', script }), '20.9.0')).toMatchObject({
      code: 7,
      stdout: '[serve]\n[--config]\n[a b]\n',
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('passes %s on and waits for the end', async (signal) => {
    const script = `trap 'echo stopped; exit 0' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
    expect(await launch(makeCheckout({ version: '24.21.0', script }), '22.1.0', signal)).toMatchObject({
      code: 0,
      stdout: 'ready\nstopped\n',
    });
  });

  it.each([
    ['there is no other', undefined],
    ['that is too old as well', { version: '22.1.0', script: 'echo wrong' }],
  ])('says what is needed when %s', async (_name, localNode) => {
    const { code, stdout, stderr } = await launch(makeCheckout(localNode), '20.9.0');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toBe('framegate: needs Node 24.14 or newer; this is 20.9.0. Install it from https://nodejs.org\n');
  });
});
