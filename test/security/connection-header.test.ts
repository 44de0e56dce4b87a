// A hop removes the headers that `Connection` names. A client that names the identity header makes the next hop drop
// it (Apache CVE-2022-31813, Traefik CVE-2024-45410, CVE-2026-29054); http-proxy sends the client's value on. And what
// belongs to one hop must not cross to the next (RFC 9110 7.6.1).

import { describe, expect, it } from 'vitest';
import { RawConnection } from '../support/raw-client.ts';
import { replyWith } from '../support/recording-upstream.ts';
import { useGate } from '../support/start-gate.ts';

const gate = useGate();

describe('on the way in', () => {
  for (const { id, value } of [
    { id: 'PRX-HD3', value: 'x-webauth-user' },
    { id: 'PRX-HD4', value: 'close, x-webauth-user' },
    { id: 'SEC-H5', value: 'close, X-WEBAUTH-USER' },
    { id: 'SEC-H5', value: 'X-Forwarded-For, X-Forwarded-Proto, Via, Host, Cookie' },
  ]) {
    it(`${id} Connection: ${value}: identity and our own headers arrive, under a Connection of our own`, async () => {
      const sent = await gate.sendAsAlice('GET /d/x', [`Connection: ${value}`]);
      expect(sent.status).toBe(200);
      const { onlyRequest } = gate.upstream;
      expect(onlyRequest.all('x-webauth-user')).toEqual(['alice']);
      expect(onlyRequest.header('connection') ?? 'keep-alive').toMatch(/^(keep-alive|close)$/i);
      expect(onlyRequest.all('host')).toEqual([`localhost:${gate.port}`]);
      expect(onlyRequest.all('x-forwarded-for')).toHaveLength(1);
      expect(onlyRequest.all('via')).toHaveLength(1);
      expect(sent.header('connection') ?? '').not.toMatch(/webauth|forwarded|via/i);
    });
  }

  it('PRX-8 a header named in Connection is dropped, also when the names stand on several lines', async () => {
    const headers = ['Connection: x-one', 'Connection: keep-alive, X-Two', 'X-One: 1', 'x-two: 2', 'X-Three: 3'];
    expect((await gate.sendAsAlice('GET /d/x', headers)).status).toBe(200);
    const { onlyRequest } = gate.upstream;
    expect(onlyRequest.header('x-one')).toBeUndefined();
    expect(onlyRequest.header('x-two')).toBeUndefined();
    expect(onlyRequest.header('x-three')).toBe('3');
  });

  it('PRX-HD8 hop-by-hop headers stay here', async () => {
    const headers = ['Keep-Alive: timeout=99', 'TE: trailers, gzip', 'Proxy-Authorization: Basic x', 'Proxy-Connection: keep-alive'];
    expect((await gate.sendAsAlice('GET /d/x', headers)).status).toBe(200);
    for (const name of ['keep-alive', 'te', 'proxy-authorization', 'proxy-connection']) {
      expect(gate.upstream.onlyRequest.header(name), name).toBeUndefined();
    }
  });

  it.each(['GET', 'POST', 'HEAD'])('PRX-HD9, SEC-B3.3 %s with Trailer and TE: both dropped, the request goes on', async (method) => {
    const sent = await gate.sendAsAlice(`${method} /d/x`, [gate.ownOrigin, 'Trailer: X-T', 'TE: trailers']);
    expect(sent.status).toBe(200);
    expect(gate.upstream.onlyRequest.header('trailer')).toBeUndefined();
    expect(gate.upstream.onlyRequest.header('te')).toBeUndefined();
  });

  it('PRX-8 HTTP2-Settings and Proxy-Authenticate stay here', async () => {
    expect((await gate.sendAsAlice('GET /d/x', ['HTTP2-Settings: AAMAAABk', 'Proxy-Authenticate: Basic'])).status).toBe(200);
    expect(gate.upstream.onlyRequest.header('http2-settings')).toBeUndefined();
    expect(gate.upstream.onlyRequest.header('proxy-authenticate')).toBeUndefined();
  });
});

describe('on the way out', () => {
  it('PRX-U13, PRX-22 hop-by-hop headers and those that Connection names are stripped', async () => {
    gate.upstream.script = replyWith(
      'HTTP/1.1 200 OK\r\nConnection: x-secret\r\nX-Secret: 1\r\nKeep-Alive: timeout=99\r\nProxy-Authenticate: Basic realm="inner"\r\nProxy-Connection: keep-alive\r\nContent-Length: 2\r\n\r\nok',
    );
    const sent = await gate.sendAsAlice('GET /d/x');
    expect(sent.status).toBe(200);
    expect(sent.body).toBe('ok');
    for (const name of ['x-secret', 'proxy-authenticate', 'proxy-connection']) expect(sent.header(name), name).toBeUndefined();
    expect(sent.header('keep-alive') ?? '').not.toContain('99');
    expect(sent.header('connection') ?? '').not.toContain('secret');
  });

  it.each([200, 404, 304])("PRX-U12 the upstream's Connection: close of a %d does not cut the client", async (status) => {
    gate.upstream.script = (_request, socket) => {
      const body = status === 304 ? '' : 'ok';
      socket.end(`HTTP/1.1 ${status} X\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    };
    const connection = await RawConnection.open(gate.port);
    for (const target of ['/first', '/second']) {
      connection.write(gate.aliceText(`GET ${target}`));
      const answer = await connection.answer();
      expect(answer.status).toBe(status);
      expect(answer.header('connection') ?? '').not.toMatch(/close/i);
    }
    expect(connection.ending).toBe('open');
    connection.close();
  });

  it('PRX-U14, PRX-H16 a trailer announced by the upstream is not announced to the client, and the body is whole', async () => {
    gate.upstream.script = replyWith(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
    );
    const sent = await gate.sendAsAlice('GET /d/x');
    expect(sent.header('trailer')).toBeUndefined();
    expect(sent.body).toBe('hello');
    expect(sent.complete).toBe(true);
  });
});
