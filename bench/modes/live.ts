// What judging costs a Live stream: the same messages to people who may do everything, whose socket is piped, and to viewers
// of one data source, whose socket is judged. The two gates are fed in turn: of two that are fed together, the one that is
// woken first spares the other some of its waking.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Mode, ModeResult } from '../bench.ts';
import { assertPresent } from '../contenders/contender.ts';
import { type RunningGate, startFramegate } from '../contenders/framegate.ts';
import { median } from '../load/percentile.ts';
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
  const piped = await openStream(bench, false);
  const judged = await openStream(bench, true);
  try {
    for (const stream of [piped, judged]) await measure(stream, warmUpSeconds + 1);
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const base = await measure(piped, secondsPerRound + 1);
      ratios.push((await measure(judged, secondsPerRound + 1)) / base);
    }
    return {
      costs: [],
      findings: [{ name: 'processor time of a Live stream, judged to piped', value: median(ratios), unit: 'x', target: TARGET }],
      absent: [],
    };
  } finally {
    for (const { close } of [piped, judged]) await close();
  }
}

interface Stream {
  readonly upstream: LiveUpstream;
  readonly gate: RunningGate;
  close(): Promise<void>;
}

/** Ten people's sockets through a gate of their own. */
async function openStream(bench: Bench, limited: boolean): Promise<Stream> {
  const upstream = await startLiveUpstream();
  const name = `framegate, ${limited ? 'judged' : 'piped'} messages`;
  const gate = assertPresent(await startFramegate({ ...bench, upstreamPort: upstream.port, name, limited, sessions: SOCKETS }));
  const sockets: Socket[] = [];
  for (const cookie of gate.cookies)
    sockets.push(await openWebSocket(gate.port, LIVE_PATH, { ...gate.headers, Cookie: cookie, Origin: `http://localhost:${gate.port}` }));
  return {
    upstream,
    gate,
    async close() {
      for (const socket of sockets) socket.destroy();
      await gate.stop();
      upstream.close();
    },
  };
}

/** Processor time of the gate, in microseconds per message. */
async function measure({ upstream, gate }: Stream, seconds: number): Promise<number> {
  const begin = readUsage(gate.pids).cpuUs;
  const stop = upstream.send();
  await sleep(seconds * 1000);
  const messages = stop();
  return (readUsage(gate.pids).cpuUs - begin) / messages;
}

interface LiveUpstream {
  readonly port: number;
  /** @returns what ends it, and says how many messages went out. */
  send(): () => number;
  close(): void;
}

async function startLiveUpstream(): Promise<LiveUpstream> {
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
      let messages = 0;
      const timer = setInterval(() => {
        for (const socket of open) socket.write(message);
        messages += open.size;
      }, EVERY_MS);
      return () => {
        clearInterval(timer);
        return messages;
      };
    },
    close() {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
