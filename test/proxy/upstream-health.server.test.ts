// An upstream that goes away and comes back: who waits, who is told at once, and what the operator sees.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Log, LogFields } from '../../src/kernel/log.ts';
import { RawConnection, send } from '../support/raw-client.ts';
import { neverReply, RecordingUpstream, replyThenReset, replyWith } from '../support/recording-upstream.ts';
import { findFreePort, TestGate } from '../support/start-gate.ts';

const OPEN_MS = 300;
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

interface Scene {
  readonly gate: TestGate;
  readonly port: number;
  /** The upstream on its port; undefined while it is away. */
  upstream: RecordingUpstream | undefined;
  readonly told: { event: string; fields: LogFields }[];
}

/** A gate whose upstream comes and goes by the test's will. */
function useScene(health: object, basePath = ''): Scene {
  const told: Scene['told'] = [];
  const note = (event: string, fields: LogFields = {}): void => {
    if (event.startsWith('upstream.')) told.push({ event, fields });
  };
  const log: Log = { isDebug: false, debug: note, info: note, warn: note, error: note };
  const scene = { told } as { -readonly [key in keyof Scene]: Scene[key] };
  beforeAll(async () => {
    scene.port = await findFreePort();
    scene.gate = new TestGate({
      upstreamUrl: `http://127.0.0.1:${scene.port}${basePath}`,
      upstream: { health: { failures: 3, openFor: `${OPEN_MS}ms`, ...health }, timeouts: { connect: '200ms', firstByte: '150ms' } },
      log,
    });
    await scene.gate.start();
  });
  afterAll(async () => {
    await scene.gate.close();
    await scene.upstream?.close();
  });
  return scene;
}

async function bringUp(scene: Scene): Promise<RecordingUpstream> {
  scene.upstream = await RecordingUpstream.start({ port: scene.port });
  return scene.upstream;
}

async function takeDown(scene: Scene): Promise<void> {
  await scene.upstream?.close();
  scene.upstream = undefined;
  scene.told.length = 0;
}

async function readiness(gate: TestGate): Promise<string> {
  const answer = await send(Number(new URL(gate.adminUrl).port), 'GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  return `${answer.status} ${answer.body}`;
}

async function until(check: () => boolean, patienceMs = 3000): Promise<boolean> {
  const deadline = Date.now() + patienceMs;
  while (!check()) {
    if (Date.now() > deadline) return false;
    await sleep(5);
  }
  return true;
}

describe('without a probe', () => {
  const scene = useScene({});

  it('PRX-28 refuses at once after failed connections in a row, with Retry-After, and sends nothing', async () => {
    const { gate } = scene;
    for (let each = 0; each < 3; each += 1) expect((await gate.sendAsAlice('GET /d/x')).status).toBe(503);
    expect(scene.told).toEqual([
      { event: 'upstream.down', fields: expect.objectContaining({ upstream: 'main', reason: 'econnrefused', hint: expect.any(String) }) },
    ]);
    const upstream = await bringUp(scene);
    const refused = await gate.sendAsAlice('GET /d/x', ['Accept: application/json']);
    expect([refused.status, refused.header('retry-after')]).toEqual([503, '1']);
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'FRAMEGATE_UPSTREAM_DOWN' });
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /ws', [gate.ownOrigin, ...UPGRADE]));
    expect((await connection.answer()).status).toBe(503);
    expect(upstream.connections).toEqual([]);
    expect(await readiness(gate)).toBe('200 ready\nmain: down\n');
  });

  it('sends one request to try it, and is up again with its answer', async () => {
    const { gate } = scene;
    const upstream = scene.upstream ?? (await bringUp(scene));
    let release = (): void => {};
    upstream.script = (_request, socket) => {
      release = () => replyWith('HTTP/1.1 500 Own trouble\r\nContent-Length: 0\r\n\r\n')(_request, socket);
    };
    await sleep(OPEN_MS);
    const trial = gate.sendAsAlice('GET /trial');
    await upstream.waitUntil(({ requests }) => requests.length === 1);
    expect((await gate.sendAsAlice('GET /beside')).status).toBe(503);
    release();
    // Whatever its status: an upstream that answers is there.
    expect((await trial).status).toBe(500);
    upstream.clear();
    expect((await gate.sendAsAlice('GET /after')).status).toBe(200);
    expect(upstream.requests.map(({ target }) => target)).toEqual(['/after']);
    expect(scene.told.at(-1)).toEqual({ event: 'upstream.up', fields: { upstream: 'main', downMs: expect.any(Number) } });
    expect(await readiness(gate)).toBe('200 ready\nmain: up\n');
  });

  it('a failed trial keeps it down', async () => {
    const { gate } = scene;
    await takeDown(scene);
    for (let each = 0; each < 3; each += 1) await gate.sendAsAlice('GET /d/x');
    await sleep(OPEN_MS);
    expect((await gate.sendAsAlice('GET /trial')).status).toBe(503);
    const upstream = await bringUp(scene);
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(503);
    expect(upstream.connections).toEqual([]);
    expect(scene.told.map(({ event }) => event)).toEqual(['upstream.down']);
    await sleep(OPEN_MS);
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(200);
  });

  it('upgrades count, and one may be the trial', async () => {
    const { gate } = scene;
    const open = async (): Promise<number> => {
      const connection = await RawConnection.open(gate.port);
      connection.write(gate.aliceText('GET /ws', [gate.ownOrigin, ...UPGRADE]));
      const { status } = await connection.answer();
      connection.close();
      return status;
    };
    await takeDown(scene);
    for (let each = 0; each < 3; each += 1) expect(await open()).toBe(503);
    expect(scene.told.map(({ event }) => event)).toEqual(['upstream.down']);
    await bringUp(scene);
    await sleep(OPEN_MS);
    expect(await open()).toBe(101);
    expect(scene.told.map(({ event }) => event)).toEqual(['upstream.down', 'upstream.up']);
  });

  it('a person who leaves during the trial leaves the next one the try', async () => {
    const { gate } = scene;
    await takeDown(scene);
    for (let each = 0; each < 3; each += 1) await gate.sendAsAlice('GET /d/x');
    const upstream = await bringUp(scene);
    upstream.script = neverReply;
    await sleep(OPEN_MS);
    const leaving = await RawConnection.open(gate.port);
    leaving.write(gate.aliceText('GET /leaving'));
    await upstream.waitUntil(({ requests }) => requests.length === 1);
    leaving.reset();
    await sleep(30);
    upstream.clear();
    expect((await gate.sendAsAlice('GET /next')).status).toBe(200);
  });

  it('neither errors of the upstream nor its slowness nor a broken answer open it', async () => {
    const { gate } = scene;
    const upstream = scene.upstream ?? (await bringUp(scene));
    scene.told.length = 0;
    for (const [script, status] of [
      [replyWith('HTTP/1.1 503 Own\r\nContent-Length: 0\r\n\r\n'), 503],
      [replyThenReset(''), 502],
      [neverReply, 504],
    ] as const) {
      upstream.script = script;
      for (let each = 0; each < 4; each += 1) expect((await gate.sendAsAlice('POST /d/x', [gate.ownOrigin], 'x')).status).toBe(status);
    }
    upstream.clear();
    expect((await gate.sendAsAlice('GET /d/x')).status).toBe(200);
    expect(scene.told).toEqual([]);
  });
});

describe('with a probe', () => {
  const scene = useScene({ path: '/api/health?x=1', interval: '50ms', openFor: '50ms' });

  it('notices by itself that it is down, and that it is up', async () => {
    expect(await until(() => scene.told.length === 1)).toBe(true);
    expect(scene.told[0]).toMatchObject({ event: 'upstream.down', fields: { reason: 'econnrefused' } });
    expect(await readiness(scene.gate)).toBe('200 ready\nmain: down\n');
    const upstream = await bringUp(scene);
    expect(await until(() => scene.told.length === 2)).toBe(true);
    expect(scene.told[1]).toMatchObject({ event: 'upstream.up' });
    expect((await scene.gate.sendAsAlice('GET /d/x')).status).toBe(200);
    const probe = upstream.requests.find(({ target }) => target === '/api/health?x=1');
    expect(probe?.method).toBe('GET');
    // Nobody asks here, so nobody is named.
    expect(probe?.headers.filter(([name]) => /webauth|cookie|authorization|forwarded/i.test(name))).toEqual([]);
  });

  it('risks no request on an upstream that says it is not well', async () => {
    const upstream = scene.upstream ?? (await bringUp(scene));
    scene.told.length = 0;
    upstream.script = replyWith('HTTP/1.1 503 Database\r\nContent-Length: 0\r\n\r\n');
    expect(await until(() => scene.told.length === 1)).toBe(true);
    expect(scene.told[0]).toMatchObject({ event: 'upstream.down', fields: { reason: 'status-503' } });
    upstream.requests.length = 0;
    await sleep(100);
    expect((await scene.gate.sendAsAlice('GET /d/x')).status).toBe(503);
    expect(upstream.requests.filter(({ target }) => target === '/d/x')).toEqual([]);
    upstream.script = replyWith('HTTP/1.1 404 No such path\r\nContent-Length: 0\r\n\r\n');
    expect(await until(() => scene.told.length === 2)).toBe(true);
  });

  it.each([
    ['answers nothing', neverReply, 'timeout'],
    ['resets', replyThenReset(''), 'econnreset'],
    ['talks nonsense', replyWith('nonsense\r\n\r\n'), expect.stringContaining('hpe_')],
    [
      'switches protocols',
      replyWith('HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
      expect.stringMatching(/unasked-upgrade|hpe_/),
    ],
  ])('is down when it %s', { timeout: 20_000 }, async (_what, script, reason) => {
    const upstream = scene.upstream ?? (await bringUp(scene));
    upstream.clear();
    await until(() => scene.told.at(-1)?.event !== 'upstream.down');
    scene.told.length = 0;
    upstream.script = script;
    expect(await until(() => scene.told.length === 1, 10_000)).toBe(true);
    expect(scene.told[0]).toMatchObject({ event: 'upstream.down', fields: { reason } });
  });
});

describe('with a probe that comes rarely', () => {
  const scene = useScene({ path: '/api/health', interval: '1h', openFor: '100ms' }, '/base');

  it('requests that find it down call for the probe, which asks below the path of the url', async () => {
    for (let each = 0; each < 3; each += 1) expect((await scene.gate.sendAsAlice('GET /d/x')).status).toBe(503);
    expect(scene.told.map(({ event }) => event)).toEqual(['upstream.down']);
    const upstream = await bringUp(scene);
    expect(await until(() => scene.told.length === 2)).toBe(true);
    expect(upstream.requests.map(({ target }) => target)).toEqual(['/base/api/health']);
    expect((await scene.gate.sendAsAlice('GET /d/x')).status).toBe(200);
  });
});
