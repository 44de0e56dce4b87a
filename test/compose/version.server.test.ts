// Grafana is asked for its version, and requests are judged by it: by the strictest table until it is known, and where it
// is not.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientFrame } from '../proxy/client-frame.ts';
import { openSocket } from '../support/open-connections.ts';
import { RawConnection } from '../support/raw-client.ts';
import { RecordingUpstream } from '../support/recording-upstream.ts';
import { findFreePort } from '../support/start-gate.ts';
import { healthOf, NUMBERED, startScene, until, type VersionScene } from './version-kit.ts';

const STRICTEST = { table: 'strictest', from: 'upstream' };

describe('an upstream that says its version', () => {
  it('is judged by it, and the log says once what was found', async () => {
    const scene = await startScene(healthOf('12.2.0'));
    await until(() => scene.told.length > 0);
    expect(scene.told).toEqual([{ level: 'info', fields: { upstream: 'main', version: '12.2.0', table: 12 } }]);
    expect(await scene.judgedAs()).toEqual({ version: '12.2.0', table: 12, from: 'upstream' });
    expect(await scene.askNumbered()).toBe(200);
  });

  it('is asked by nobody: without identity, cookie or credentials, by its own name', async () => {
    const scene = await startScene(healthOf('12.2.0'));
    await until(() => scene.told.length > 0);
    expect(scene.asked.map(({ startLine }) => startLine)).toEqual(['GET /api/health HTTP/1.1']);
    const names = scene.asked[0]?.headers.map(([name]) => name.toLowerCase()).sort();
    expect(names).toEqual(['accept', 'connection', 'host', 'user-agent']);
    expect(scene.asked[0]?.all('host')).toEqual([new URL(scene.gate.upstream.url).host]);
  });

  it('is judged by the strictest until it has said it', async () => {
    const scene = await startScene(undefined);
    await until(() => scene.asked.length === 1);
    expect(await scene.judgedAs()).toEqual(STRICTEST);
    expect(await scene.askNumbered()).toBe(403);
    scene.release(healthOf('12.2.0'));
    await until(() => scene.told.length === 1);
    expect(await scene.askNumbered()).toBe(200);
  });
});

describe('an upstream that does not say its version', () => {
  it('is judged by the strictest, and a warning names the key, and what may hide it', async () => {
    const scene = await startScene(healthOf());
    await until(() => scene.told.length > 0);
    expect(scene.told).toEqual([
      {
        level: 'warn',
        fields: { upstream: 'main', table: 'strictest', reason: 'no-version', hint: expect.stringContaining('upstreams.main.version') },
      },
    ]);
    expect(scene.told[0]?.fields['hint']).toContain('[auth.anonymous] hide_version');
    expect(await scene.judgedAs()).toEqual(STRICTEST);
    expect(await scene.askNumbered()).toBe(403);
  });

  it('that framegate knows is judged by the strictest, with a warning', async () => {
    const version = '14.0.0';
    const scene = await startScene(healthOf(version));
    await until(() => scene.told.length > 0);
    expect(scene.told).toMatchObject([{ level: 'warn', fields: { version, table: 'strictest', reason: 'version-not-known' } }]);
    expect(scene.told[0]?.fields['hint']).toContain('upstreams.main.version');
    expect(await scene.judgedAs()).toEqual({ version, ...STRICTEST });
    expect(await scene.askNumbered()).toBe(403);
  });
});

describe('upstreams.NAME.version', () => {
  it('is believed, and nobody is asked', async () => {
    const scene = await startScene(healthOf('9.5.0'), { upstream: { version: 12 } });
    expect(await scene.judgedAs()).toEqual({ table: 12, from: 'configuration' });
    expect(await scene.askNumbered()).toBe(200);
    expect({ asked: scene.asked, told: scene.told }).toEqual({ asked: [], told: [] });
  });

  it('is nothing to presets that do not tell versions apart', async () => {
    const scene = await startScene(healthOf('12.2.0'), { upstream: { preset: 'prometheus', version: undefined as never } });
    await scene.gate.sendAsAlice('GET /');
    expect(await scene.judgedAs()).toBeUndefined();
    expect(scene.asked).toEqual([]);
  });
});

describe('an upstream that is asked over TLS, with a certificate of ours', () => {
  const file = (name: string): string => join(import.meta.dirname, '../fixtures/tls', name);
  const [cert, key, ca] = ['server.pem', 'server-key.pem', 'ca.pem'].map((name) => readFileSync(file(name)));

  it('says its version as over plain HTTP', async () => {
    const scene = await startScene(healthOf('12.2.0'), {
      recording: { tls: { cert, key, ca, requestCert: true, rejectUnauthorized: true } },
      upstream: {
        tls: { caFile: file('ca.pem'), certFile: file('client.pem'), keyFile: file('client-key.pem'), serverName: 'grafana.test' },
      },
    });
    await until(() => scene.told.length > 0);
    expect(scene.told[0]?.fields).toMatchObject({ table: 12 });
  });

  it('is not believed where its certificate is not that of the name', async () => {
    const scene = await startScene(healthOf('12.2.0'), {
      recording: { tls: { cert, key } },
      upstream: { tls: { caFile: file('ca.pem') } },
    });
    await until(() => scene.told.length > 0);
    expect(scene.told).toMatchObject([{ level: 'warn', fields: { table: 'strictest', reason: 'err_tls_cert_altname_invalid' } }]);
    expect(scene.asked).toEqual([]);
  });
});

describe('an upstream that comes and goes', () => {
  /** On a port of its own, so that it can be away. */
  async function startAway(): Promise<{ scene: VersionScene; bringUp(version: string): Promise<void>; takeDown(): Promise<void> }> {
    const port = await findFreePort();
    const scene = await startScene(undefined, {
      upstreamUrl: `http://127.0.0.1:${port}`,
      upstream: { health: { failures: 1, openFor: '20ms' }, timeouts: { connect: '200ms', firstByte: '150ms' } },
    });
    let upstream: RecordingUpstream | undefined;
    const takeDown = async (): Promise<void> => {
      await upstream?.close();
      upstream = undefined;
    };
    onTestFinished(takeDown);
    const bringUp = async (version: string): Promise<void> => {
      scene.health = healthOf(version);
      upstream = await RecordingUpstream.start({ port, script: scene.script });
    };
    return { scene, bringUp, takeDown };
  }

  it('is judged by the strictest, and asked again until it answers', async () => {
    const { scene, bringUp } = await startAway();
    await until(() => scene.told.length === 1);
    expect(scene.told).toMatchObject([{ level: 'warn', fields: { table: 'strictest', reason: 'econnrefused', hint: expect.any(String) } }]);
    await bringUp('12.2.0');
    await until(() => scene.told.length === 2);
    expect(scene.told[1]).toMatchObject({ level: 'info', fields: { version: '12.2.0', table: 12 } });
    expect(await scene.askNumbered()).toBe(200);
  });

  it('is asked again as soon as it is back: it may be another version', async () => {
    const { scene, bringUp, takeDown } = await startAway();
    await bringUp('12.2.0');
    await until(() => scene.told.at(-1)?.level === 'info');
    await takeDown();
    expect(await scene.askNumbered()).toBe(503);
    await bringUp('9.5.0');
    const { gate } = scene;
    await until(async () => (await gate.sendAsAlice('GET /d/plant-a')).status === 200);
    await until(() => scene.told.at(-1)?.fields['table'] === 9);
    expect(await scene.askNumbered()).toBe(403);
  });
});

describe('what has begun goes on with the table that it was judged by', () => {
  it('a message of an open socket; the next socket has the new one', async () => {
    const scene = await startScene(undefined);
    await until(() => scene.asked.length === 1);
    const before = await openSocket(scene.gate, scene.gate.alice);
    scene.release(healthOf('12.2.0'));
    await until(() => scene.told.length === 1);
    const after = await openSocket(scene.gate, scene.gate.alice);
    const message = clientFrame(JSON.stringify({ id: 7, rpc: { method: 'grafana.query', data: NUMBERED } }));
    before.write(message);
    expect(await before.waitFor('permission denied')).toContain('"id":7');
    after.write(message);
    await until(() => scene.gate.upstream.connections.some(({ tunnelled }) => tunnelled.length > 0));
    expect(scene.gate.upstream.connections.filter(({ tunnelled }) => tunnelled.equals(message))).toHaveLength(1);
    before.close();
    after.close();
  });

  it('a request whose body is still on its way', async () => {
    const scene = await startScene(undefined);
    await until(() => scene.asked.length === 1);
    const { gate } = scene;
    const body = JSON.stringify(NUMBERED);
    const browser = await RawConnection.open(gate.port);
    const half = gate.aliceText('POST /api/ds/query', [gate.ownOrigin, 'Content-Type: application/json'], body).slice(0, -10);
    browser.write(half);
    // An answer on another connection shows that the head has been read.
    expect(await scene.askNumbered()).toBe(403);
    scene.release(healthOf('12.2.0'));
    await until(() => scene.told.length === 1);
    expect(await scene.askNumbered()).toBe(200);
    browser.write(body.slice(-10));
    expect((await browser.answer()).status).toBe(403);
    browser.close();
  });
});

describe('a reload', () => {
  it('that does not change which server is asked keeps what it said', async () => {
    const scene = await startScene(healthOf('12.2.0'), { fromFile: true });
    await until(() => scene.told.length === 1);
    scene.health = undefined;
    const { gate } = scene;
    const upstream = { preset: 'grafana' as const, url: gate.upstream.url, maxQueue: 7 };
    await gate.rewrite({ upstreams: { main: upstream } });
    expect(await gate.reload()).toBe(true);
    expect(await scene.judgedAs()).toEqual({ version: '12.2.0', table: 12, from: 'upstream' });
    expect(await scene.askNumbered()).toBe(200);
    await until(() => scene.asked.length === 2);
    await gate.rewrite({ upstreams: { main: { ...upstream, version: 9 } } });
    expect(await gate.reload()).toBe(true);
    expect(await scene.judgedAs()).toEqual({ table: 9, from: 'configuration' });
    expect(await scene.askNumbered()).toBe(403);
  });
});
