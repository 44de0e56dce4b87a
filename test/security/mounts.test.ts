// A mount is a prefix, and a prefix compared as text lets `/grafana../admin` and `/grafanaX` in (Traefik
// CVE-2026-48020). Express matches mounts without regard to case and hands the handler a shortened url; the road here
// judges and forwards one value (PRX-4).

import { describe, expect, it } from 'vitest';
import { answerText, replyWith } from '../support/recording-upstream.ts';
import { expectRefused, useGate } from '../support/start-gate.ts';

describe.each([{ stripMount: false }, { stripMount: true }])('mounted at /grafana, stripMount $stripMount', ({ stripMount }) => {
  const gate = useGate({ upstream: { mount: '/grafana', stripMount } });
  const sentFor = (target: string): string => {
    if (!stripMount) return target;
    const rest = target.slice('/grafana'.length);
    return rest.startsWith('/') ? rest : `/${rest}`;
  };

  it.each(['/grafana', '/grafana?x=1', '/grafana/', '/grafana/d', '/grafana/d/caf%C3%A9?u=http://x//y', '/grafana/grafana/d'])(
    'PRX-E1, PRX-2 GET %s is served, and its bytes after the mount are unchanged',
    async (target) => {
      expect((await gate.sendAsAlice(`GET ${target}`)).status).toBe(200);
      expect(gate.upstream.onlyRequest.target).toBe(sentFor(target));
    },
  );

  it.each(['/GRAFANA/d', '/Grafana', '/%67rafana/d'])('PRX-E2 GET %s is not the mount', async (target) => {
    await expectRefused(gate, await gate.sendAsAlice(`GET ${target}`), 400, 404);
  });

  for (const { id, target } of [
    { id: 'PRX-E3', target: '/grafana%2fd' },
    { id: 'PRX-E3', target: '/grafana;a=b/d' },
    { id: 'PRX-E3', target: '//grafana/d' },
    { id: 'PRX-E3', target: '/x/../grafana/d' },
    { id: 'PRX-E4', target: '/grafana/../admin' },
    { id: 'PRX-E5', target: '/grafana//evil.com/x' },
    { id: 'PRX-E6', target: 'http://evil.example/grafana/d?x' },
    { id: 'PRX-E7', target: '/grafana#a/d' },
  ]) {
    it(`${id} GET ${target}: 400, nothing upstream`, async () => {
      await expectRefused(gate, await gate.sendAsAlice(`GET ${target}`), 400);
    });
  }

  it.each(['/grafanaX', '/grafanaX/d', '/grafana../admin', '/grafana-x', '/grafana.', '/', '/d/x', '/graf', '/grafana%20/d'])(
    'PRX-E8, SEC-P5 GET %s is not the mount: 404, nothing upstream',
    async (target) => {
      await expectRefused(gate, await gate.sendAsAlice(`GET ${target}`), 404);
    },
  );

  it('PRX-25 a redirect of the upstream to itself stays under the mount', async () => {
    const path = stripMount ? '/d/y' : '/grafana/d/y';
    for (const location of [path, `http://127.0.0.1:${gate.upstream.port}${path}`, `${gate.origin}/grafana/d/y`]) {
      gate.upstream.script = replyWith(answerText('302 Found', [`Location: ${location}`]));
      const sent = await gate.sendAsAlice('GET /grafana/d/x');
      expect(sent.status).toBe(302);
      expect(new URL(sent.header('location') ?? '', gate.origin).href).toBe(`${gate.origin}/grafana/d/y`);
    }
  });
});

describe('an upstream with a base path', () => {
  const gate = useGate({ upstreamPath: '/base', upstream: { preset: 'generic', mount: '/grafana', stripMount: true } });

  it.each(['/d/x?y=//z', '/@evil.test/x', '/base/x', '/'])(
    'PRX-2, PRX-5 /grafana%s arrives below it, at the configured authority',
    async (rest) => {
      expect((await gate.sendAsAlice(`GET /grafana${rest}`)).status).toBe(200);
      expect(gate.upstream.onlyRequest.target).toBe(`/base${rest}`);
    },
  );

  it.each(['/../x', '/%2e%2e/x', '//x', '/..%2fx'])('SEC-P4 /grafana%s does not leave it', async (rest) => {
    await expectRefused(gate, await gate.sendAsAlice(`GET /grafana${rest}`), 400);
  });

  it('PRX-25 Location and cookie paths are those that the browser sees', async () => {
    gate.upstream.script = replyWith(answerText('302 Found', ['Location: /base/d/y', 'Set-Cookie: a=1; Path=/']));
    const sent = await gate.sendAsAlice('GET /grafana/d/x');
    expect(sent.header('location')).toBe('/grafana/d/y');
    expect(sent.header('set-cookie')).toMatch(/; ?Path=\/grafana(;|$)/);
  });
});
