// What judging costs a Live stream: the same messages to people who may do everything, whose socket is piped, and to viewers
// of one data source, whose socket is judged. Both gates are fed at the same time and at the same rate.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Mode, ModeResult } from '../bench.ts';
import { assertPresent } from '../contenders/contender.ts';
import { type RunningGate, startFramegate } from '../contenders/framegate.ts';
import { openWebSocket } from '../load/web-socket.ts';
import { readUsage } from '../process/usage.ts';
import { LIVE_PATH } from '../upstream/paths.ts';

const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const SOCKETS = 10;
/** As a panel with ten series gets each time. */
const MESSAGE_BYTES = 600;
const EVERY_MS = 2;
const TARGET = 1.1;

export const liveMode: Mode = { name: 'live', run };

async function run(bench: Bench): Promise<ModeResult> {
  const { warmUpSeconds, rounds, secondsPerRound } = bench.durations.cost;
  const upstream = await startLiveUpstream();
  const gates: RunningGate[] = [];
  const sockets: Socket[] = [];
  try {
    for (const limited of [false, true]) {
      const name = `framegate, ${limited ? 'judged' : 'piped'} messages`;
      const gate = assertPresent(await startFramegate({ ...bench, upstreamPort: upstream.port, name, limited, sessions: SOCKETS }));
      gates.push(gate);
      for (const cookie of gate.cookies)
        sockets.push(
          await openWebSocket(gate.port, LIVE_PATH, { ...gate.headers, Cookie: cookie, Origin: `http://localhost:${gate.port}` }),
        );
    }
    const stop = upstream.send();
    await sleep((warmUpSeconds + 1) * 1000);
    const begin = gates.map(({ pids }) => readUsage(pids).cpuUs);
    await sleep(rounds * secondsPerRound * 1000);
    const [piped = Number.NaN, judged = Number.NaN] = gates.map(({ pids }, index) => readUsage(pids).cpuUs - (begin[index] ?? 0));
    stop();
    return {
      costs: [],
      findings: [{ name: 'processor time of a Live stream, judged to piped', value: judged / piped, unit: 'x', target: TARGET }],
      absent: [],
    };
  } finally {
    for (const socket of sockets) socket.destroy();
    for (const gate of gates) await gate.stop();
    upstream.close();
  }
}

async function startLiveUpstream(): Promise<{ readonly port: number; send(): () => void; close(): void }> {
  const open = new Set<Duplex>();
  const server: Server = createServer((_req, res) => res.end());
  server.on('upgrade', (req, socket) => {
    const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}${WEBSOCKET_GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('error', () => socket.destroy());
    socket.on('close', () => open.delete(socket));
    socket.resume();
    open.add(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const message = Buffer.concat([
    Buffer.from([0x81, 126, MESSAGE_BYTES >> 8, MESSAGE_BYTES & 0xff]),
    Buffer.alloc(MESSAGE_BYTES, '{"push":{}}'),
  ]);
  return {
    port: (server.address() as AddressInfo).port,
    send() {
      const timer = setInterval(() => {
        for (const socket of open) socket.write(message);
      }, EVERY_MS);
      return () => clearInterval(timer);
    },
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
