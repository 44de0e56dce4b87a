// Where a host application may mount the gate, and what of a path the upstream then gets.

import express from 'express';
import { describe, expect, it } from 'vitest';
import { type ConfigInput, createGate } from '../../src/index.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { useHost } from './kit.ts';

describe('a gate mounted at the root', () => {
  const host = useHost({
    compose({ app, server, gate }) {
      app.get('/own', (_req, res) => void res.send('the host itself'));
      app.use(gate.middleware);
      server.on('upgrade', gate.upgrade);
    },
  });

  it('forwards every path that no earlier handler of the host took', async () => {
    const answer = await host.sendAs('ann', 'GET /d/plant?x=1');
    expect(answer.status).toBe(200);
    expect(host.upstream.onlyRequest.target).toBe('/d/plant?x=1');
    expect(host.upstream.onlyRequest.header('x-webauth-user')).toBe('ann');
    expect((await host.send('GET /own')).body).toBe('the host itself');
  });

  it('answers its own paths under /_gate/', async () => {
    expect((await host.send('GET /_gate/embed.js')).header('content-type')).toContain('javascript');
    expect(await host.upstream.allBytes()).toBe('');
  });

  it('says nothing about a shared origin', () => {
    expect(host.linesOf('gate.shares-origin')).toEqual([]);
  });
});

describe('a gate mounted under a path', () => {
  const host = useHost({
    config: {
      signIn: { tickets: [{ issuer: 'https://host.test', secret: 'a shared secret of the tests, long enough', algorithms: ['HS256'] }] },
    },
    compose({ app, server, gate }) {
      app.use('/dash', gate.middleware);
      server.on('upgrade', gate.upgrade);
      app.use((_req, res) => void res.status(404).send('the host has nothing here'));
    },
  });

  it('forwards the path byte for byte, with the mount', async () => {
    await host.sendAs('ann', 'GET /dash/d/pl%C3%A4nt?x=%2F');
    expect(host.upstream.onlyRequest.target).toBe('/dash/d/pl%C3%A4nt?x=%2F');
  });

  it('answers its own paths under the mount and nowhere else', async () => {
    expect((await host.send('GET /dash/_gate/embed.js')).status).toBe(200);
    expect((await host.send('GET /_gate/embed.js')).body).toBe('the host has nothing here');
    expect(await host.upstream.allBytes()).toBe('');
  });

  it('PRX-E8 leaves a path that only begins like the mount to the host', async () => {
    for (const path of ['/dashX', '/dash-x/d', '/DASH/d/plant', '/d%61sh/d']) {
      expect((await host.sendAs('ann', `GET ${path}`)).body).toBe('the host has nothing here');
    }
    expect(await host.upstream.allBytes()).toBe('');
  });

  it('takes the mount itself, with and without a slash', async () => {
    for (const path of ['/dash', '/dash/', '/dash?x=1']) {
      host.upstream.clear();
      expect((await host.sendAs('ann', `GET ${path}`)).status).toBe(200);
      expect(host.upstream.onlyRequest.target).toBe(path);
    }
  });

  it('refuses what two parsers could read differently, before anybody is asked who it is', async () => {
    for (const path of ['/dash/../own', '/dash/%2e%2e/own', '/dash/a%2fb', '/dash//x']) {
      expect((await host.sendAs('ann', `GET ${path}`)).status, path).toBe(400);
    }
    expect(await host.upstream.allBytes()).toBe('');
  });

  it('SEC-D12.1 says at the start, once, that the dashboards share the origin of the host', () => {
    const lines = host.linesOf('gate.shares-origin');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ severity: 'warn', fields: { mount: '/dash', origin: host.origin } });
    expect(lines[0]?.fields['hint']).toContain('host name of its own');
  });
});

describe('a gate whose upstream lives at its own root', () => {
  const host = useHost({ upstream: { stripMount: true } });

  it('removes the mount from the path and puts it back into redirects', async () => {
    host.upstream.script = (_request, socket) => socket.write('HTTP/1.1 302 Found\r\nLocation: /d/other\r\nContent-Length: 0\r\n\r\n');
    const answer = await host.sendAs('ann', 'GET /dash/d/plant?x=1');
    expect(host.upstream.onlyRequest.target).toBe('/d/plant?x=1');
    expect(answer.header('location')).toBe('/dash/d/other');
  });
});

describe('a gate whose upstream has a mount of its own', () => {
  const host = useHost({ upstream: { mount: '/grafana' } });

  it('takes the mount of the configuration relative to that of the host', async () => {
    expect((await host.sendAs('ann', 'GET /dash/grafana/d/x')).status).toBe(200);
    expect(host.upstream.onlyRequest.target).toBe('/dash/grafana/d/x');
    expect((await host.sendAs('ann', 'GET /dash/d/x')).status).toBe(404);
  });
});

describe('a gate in an application within an application', () => {
  const host = useHost({
    compose({ app, server, gate }) {
      const inner = express();
      inner.use('/dash', gate.middleware);
      app.use('/plant', inner);
      server.on('upgrade', gate.upgrade);
    },
  });

  it('knows the whole mount path, for requests, own paths and upgrades', async () => {
    await host.sendAs('ann', 'GET /plant/dash/d/x');
    expect(host.upstream.onlyRequest.target).toBe('/plant/dash/d/x');
    expect((await host.send('GET /plant/dash/_gate/embed.js')).status).toBe(200);
    host.upstream.clear();
    const socket = await host.openSocket('/plant/dash/api/live/ws', ['X-Host-User: ann']);
    expect((await socket.answer()).status).toBe(101);
    expect(host.upstream.onlyRequest.target).toBe('/plant/dash/api/live/ws');
    socket.close();
  });

  it('says that the origin is shared, with the whole mount path', () => {
    expect(host.linesOf('gate.shares-origin')[0]?.fields['mount']).toBe('/plant/dash');
  });
});

describe('a gate in a router', () => {
  const host = useHost({
    gate: { mountPath: '/plant/dash' },
    compose({ app, server, gate }) {
      const router = express.Router();
      router.use('/dash', gate.middleware);
      app.use('/plant', router);
      server.on('upgrade', gate.upgrade);
    },
  });

  it('takes the path from the option mountPath', async () => {
    const socket = await host.openSocket('/plant/dash/api/live/ws', ['X-Host-User: ann']);
    expect((await socket.answer()).status).toBe(101);
    socket.close();
    host.upstream.clear();
    expect((await host.sendAs('ann', 'GET /plant/dash/d/x')).status).toBe(200);
    expect(host.upstream.onlyRequest.target).toBe('/plant/dash/d/x');
    expect((await host.send('GET /plant/dash/_gate/embed.js')).status).toBe(200);
    expect(host.linesOf('gate.shares-origin')[0]?.fields['mount']).toBe('/plant/dash');
  });
});

describe('a gate that was told another path than the one it is mounted under', () => {
  const host = useHost({
    compose({ app, gate }) {
      const router = express.Router();
      router.use(gate.middleware);
      app.use('/dash', router);
    },
  });

  it('answers 500 and logs the line to write, instead of forwarding its own paths', async () => {
    for (const path of ['/dash/d/x', '/dash/_gate/embed.js']) {
      const answer = await host.sendAs('ann', `GET ${path}`);
      expect(answer.status).toBe(500);
      expect(answer.body).not.toContain('mountPath');
    }
    expect(await host.upstream.allBytes()).toBe('');
    const [line] = host.linesOf('request.failed');
    expect(line?.severity).toBe('error');
    expect(String(line?.fields['message'])).toContain("mountPath: '/dash'");
  });
});

describe('a mount that cannot work', () => {
  const input: ConfigInput = {
    publicUrl: 'http://localhost:1',
    upstreams: { main: { url: 'http://127.0.0.1:2' } },
    session: { secret: 'a secret of the tests, 32 bytes or longer' },
  };

  it.each([
    { name: 'a pattern', mount: '/:plant/dash' },
    { name: 'several paths', mount: ['/a', '/b'] },
    { name: 'a regular expression', mount: /dash/ },
  ])('refuses $name when it is mounted, and says what to write', async ({ mount }) => {
    const gate = await createGate(input, { log: silentLog });
    expect(() => express().use(mount, gate.middleware)).toThrow(/app\.use\('\/dash', gate\.middleware\)/);
    await gate.close();
  });

  it('refuses a second mount under another path, but not the same path in another application', async () => {
    const gate = await createGate(input, { log: silentLog });
    const app = express().use('/dash', gate.middleware);
    expect(() => app.use('/other', gate.middleware)).toThrow(/mounted under \/dash already/);
    expect(() => express().use('/dash', gate.middleware)).not.toThrow();
    await gate.close();
  });

  it('refuses a mountPath that is no path', async () => {
    for (const mountPath of ['dash', '/dash/*', '/:x', '/a//b', '/a/../b']) {
      await expect(createGate(input, { log: silentLog, mountPath })).rejects.toThrow(/mountPath/);
    }
  });
});
