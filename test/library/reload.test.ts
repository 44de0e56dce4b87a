// A host application puts another configuration in force without a restart.

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/error.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { createGate } from '../../src/gate.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { RecordingUpstream } from '../support/recording-upstream.ts';

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function start() {
  const upstream = await RecordingUpstream.start();
  const input = (groups: string[]): ConfigInput => ({
    publicUrl: 'http://localhost:8000',
    upstreams: { main: { preset: 'generic', url: upstream.url } },
    access: { rules: [{ name: 'only', who: { groups }, may: ['everything'] }] },
  });
  const gate = await createGate(input(['a']), { log: silentLog, identify: () => ({ login: 'alice', groups: ['a'] }) });
  const server = http.createServer((req, res) => gate.middleware(req, res)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  ends.push(
    () => gate.close(),
    () => new Promise((resolve) => server.close(resolve)),
    () => upstream.close(),
  );
  const { port } = server.address() as AddressInfo;
  const status = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const request = http.get({ port, headers: { Host: 'localhost:8000' }, agent: false }, (res) => {
        res.resume();
        resolve(res.statusCode);
      });
      request.on('error', reject);
    });
  return { gate, input, status };
}

describe('gate.reload', () => {
  it('puts what it is given in force for the middleware that is mounted already, and for gate.decide', async () => {
    const { gate, input, status } = await start();
    expect(await status()).toBe(200);
    await gate.reload(input(['b']));
    expect(await status()).toBe(403);
    const identity = { issuer: 'host', subject: 'bob', login: 'bob', groups: ['b'] };
    expect(gate.decide({ identity, method: 'GET', path: '/' })?.kind).toBe('allow');
  });

  it('goes back to what the gate was made from where nothing is given', async () => {
    const { gate, input, status } = await start();
    await gate.reload(input(['b']));
    await gate.reload();
    expect(await status()).toBe(200);
  });

  it('SEC-B21.5 throws with every problem, and leaves in force what was', async () => {
    const { gate, input, status } = await start();
    await expect(gate.reload({ ...input(['b']), publicUrl: 'nowhere' })).rejects.toThrow(ConfigError);
    await expect(gate.reload({ ...input(['b']), publicUrl: 'http://localhost:9000' })).rejects.toThrow('publicUrl: cannot change');
    expect(await status()).toBe(200);
  });
});
