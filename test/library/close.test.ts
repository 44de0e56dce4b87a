// gate.close: afterwards the gate keeps neither the process nor the upstream busy.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RecordingUpstream } from '../support/recording-upstream.ts';
import { useHost } from './kit.ts';

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

function runHost(upstreamUrl: string): Promise<Ended> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('./closing-host.ts', import.meta.url)), upstreamUrl], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 12_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, output })));
}

describe('gate.close', () => {
  let upstream: RecordingUpstream;
  beforeAll(async () => {
    upstream = await RecordingUpstream.start();
  });
  afterAll(() => upstream.close());

  it('frees everything: a host process that closes gate and server ends by itself', async () => {
    const { code, signal, output } = await runHost(`http://127.0.0.1:${upstream.port}`);
    expect(output.split('\n').filter((line) => line !== '')).toEqual(['[303,401,200,101,true]', '{"closeFrame":"880203e9"}']);
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(await upstream.waitUntil((each) => each.openConnections === 0)).toBe(true);
  });
});

describe('gate.close while the host application goes on', () => {
  const host = useHost();

  it('closes sockets with 1001, lets an answer under way finish, and frees pooled connections', async () => {
    await host.sendAs('ann', 'GET /dash/d/x');
    const socket = await host.openSocket('/dash/api/live/ws', ['X-Host-User: ann']);
    expect((await socket.answer()).status).toBe(101);
    host.upstream.script = (_request, upstreamSocket) => {
      upstreamSocket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfi');
      setTimeout(() => upstreamSocket.write('ne'), 100);
    };
    const slow = host.sendAs('ann', 'GET /dash/api/slow');
    await host.upstream.waitUntil((upstream) => upstream.requests.some((request) => request.target === '/dash/api/slow'));
    await host.gate.close();
    await host.gate.close();
    expect(await socket.waitForEnd(1000)).toBe('ended');
    expect(Buffer.from(socket.pending, 'latin1').toString('hex')).toBe('880203e9');
    expect(await slow).toMatchObject({ status: 200, body: 'fine', complete: true });
    expect(await host.upstream.waitUntil((upstream) => upstream.openConnections === 0)).toBe(true);
  });
});
