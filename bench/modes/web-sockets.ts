// Memory of idle WebSockets: as many as wall screens and forgotten tabs keep open.

import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Mode, ModeResult } from '../bench.ts';
import { assertPresent } from '../contenders/contender.ts';
import { startFramegate } from '../contenders/framegate.ts';
import { openWebSocket } from '../load/web-socket.ts';
import { readUsage } from '../process/usage.ts';
import { LIVE_PATH, ONE_KB } from '../upstream/paths.ts';
import { startNodeUpstream } from '../upstream/static-upstream.ts';

const TARGET_KIB = 40;
/** As many as one session may have open by default. */
const PER_SESSION = 10;
/** Opened first, so that what is loaded and compiled for the first ones is not counted. */
const WARM_UP = 100;
const AT_A_TIME = 50;
/** Of ordinary requests. */
const WARM_UP_SECONDS = 3;

export const webSocketMode: Mode = { name: 'websockets', run };

async function run(bench: Bench): Promise<ModeResult> {
  const { durations, generator, processes, say } = bench;
  const count = durations.webSockets;
  const upstream = await startNodeUpstream(processes);
  const sessions = Math.ceil((count + WARM_UP) / PER_SESSION);
  const gate = assertPresent(await startFramegate({ ...bench, upstreamPort: upstream.port, name: 'framegate for WebSockets', sessions }));
  const sockets: Socket[] = [];
  const open = async (upTo: number) => {
    while (sockets.length < upTo) {
      const batch = Array.from({ length: Math.min(AT_A_TIME, upTo - sockets.length) }, (_, index) => {
        const cookie = gate.cookies[Math.floor((sockets.length + index) / PER_SESSION)] ?? '';
        return openWebSocket(gate.port, LIVE_PATH, { ...gate.headers, Cookie: cookie, Origin: `http://localhost:${gate.port}` });
      });
      sockets.push(...(await Promise.all(batch)));
    }
    await sleep(durations.settleMs);
    return readUsage(gate.pids).rssBytes;
  };
  try {
    // As a gate that has been at work, with its young generation grown: V8's memory is not the sockets'.
    const { port, headers } = gate;
    await generator.run({ port, path: ONE_KB.path, headers, connections: durations.connections, seconds: WARM_UP_SECONDS });
    say(`opening ${count} WebSockets`);
    const before = await open(WARM_UP);
    const after = await open(WARM_UP + count);
    const closed = sockets.filter(({ destroyed }) => destroyed).length;
    if (closed > 0) throw new Error(`${closed} of ${sockets.length} idle WebSockets were closed`);
    return {
      costs: [],
      findings: [
        { name: `memory of an idle WebSocket, of ${count}`, value: (after - before) / 1024 / count, unit: 'KiB', target: TARGET_KIB },
      ],
      absent: [],
    };
  } finally {
    for (const socket of sockets) socket.destroy();
    await gate.stop();
    await upstream.stop();
  }
}
