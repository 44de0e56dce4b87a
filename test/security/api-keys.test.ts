// Machine credentials against the running gate. A key is worth what its scope and the rules give, for as long as it stands
// in the file; it never leaves the gate, and no page can make a browser send one.

import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatApiKey, hashApiKey } from '../../src/config/api-key.ts';
import type { Log, LogFields } from '../../src/kernel/log.ts';
import { RawConnection } from '../support/raw-client.ts';
import { expectRefused, HOST_PAGE, useGate } from '../support/start-gate.ts';

const folder = mkdtempSync(join(tmpdir(), 'framegate-keys-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const keyOf = (id: string): string => formatApiKey(id, randomBytes(32));
const entryOf = (key: string, fields: object = {}): object => ({
  id: /^fg_([^_]+)_/.exec(key)?.[1],
  hash: `sha256:${hashApiKey(key).toString('hex')}`,
  login: 'renderer',
  groups: ['operators'],
  expires: '2099-12-31',
  ...fields,
});

function writeKeys(name: string, ...keys: object[]): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ keys }), { mode: 0o600 });
  return path;
}

const bearer = (key: string): string => `Authorization: Bearer ${key}`;
const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

describe('a request with an API key', () => {
  const key = keyOf('renderer-1');
  const off = keyOf('off');
  const old = keyOf('old');
  const account = keyOf('account');
  const here = keyOf('here');
  const one = keyOf('one-dashboard');
  const view = keyOf('view');
  const stranger = keyOf('stranger');
  const apiKeysFile = writeKeys(
    'keys.yaml',
    entryOf(key),
    entryOf(off, { disabled: true }),
    entryOf(old, { expires: '2020-01-01' }),
    entryOf(account, { login: 'Pat' }),
    entryOf(here, { scope: { upstreams: ['main'] } }),
    entryOf(one, { scope: { dashboards: ['plant-a'] } }),
    entryOf(view, { scope: { may: ['view'] } }),
    entryOf(stranger, { groups: ['visitors'] }),
  );
  const gate = useGate({
    signIn: { apiKeysFile },
    config: { limits: { ticketsPerAddress: '1000 per 1m' } },
  });

  it('goes upstream as its login, and the key does not', async () => {
    expect((await gate.send('GET /d/x', [bearer(key)])).status).toBe(200);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['renderer']);
    expect(gate.upstream.onlyRequest.all('x-webauth-groups')).toEqual(['operators']);
    expect(gate.upstream.onlyRequest.header('authorization')).toBeUndefined();
    expect(await gate.upstream.allBytes()).not.toContain(key.slice(-20));
  });

  it('takes the scheme in any case', async () => {
    expect((await gate.send('GET /d/x', [`authorization: bEARER  ${key}`])).status).toBe(200);
  });

  it('sets no cookie, and is no session that another request could use', async () => {
    expect((await gate.send('GET /d/x', [bearer(key)])).header('set-cookie')).toBeUndefined();
  });

  it('is stronger than a session cookie', async () => {
    expect((await gate.sendAsAlice('GET /d/x', [bearer(key)])).status).toBe(200);
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['renderer']);
  });

  it.each([
    { name: 'unknown', value: keyOf('nobody') },
    { name: 'wrong', value: keyOf('renderer-1') },
    { name: 'another letter of it', value: `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}` },
    { name: 'cut off', value: key.slice(0, -1) },
    { name: 'no key at all', value: 'fg_' },
    { name: 'SEC-B19.1 of the id constructor', value: keyOf('constructor') },
    { name: 'switched off', value: off },
    { name: 'over', value: old },
    { name: 'SEC-R6 for the login of a password account', value: account },
    { name: 'two in one', value: `${key} ${key}` },
  ])('that is $name is refused with 401, and no cookie stands in for it', async ({ value }) => {
    const sent = await gate.sendAsAlice('GET /d/x', [bearer(value), 'Accept: application/json']);
    await expectRefused(gate, sent, 401);
    expect(JSON.parse(sent.body)).toMatchObject({ code: 'FRAMEGATE_KEY_REFUSED' });
    expect(sent.header('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('SEC-H12 other credentials in Authorization are none of ours, and go nowhere', async () => {
    for (const value of ['Basic YWRtaW46YWRtaW4=', 'Bearer glsa_abcdefgh', `Basic ${key}`]) {
      await expectRefused(gate, await gate.send('GET /d/x', [`Authorization: ${value}`, 'Accept: application/json']), 401);
      expect((await gate.sendAsAlice('GET /d/x', [`Authorization: ${value}`])).status).toBe(200);
      expect(gate.upstream.onlyRequest.header('authorization')).toBeUndefined();
      gate.upstream.clear();
    }
  });

  it('the same rules hold as for everybody', async () => {
    await expectRefused(gate, await gate.send('GET /d/x', [bearer(stranger)]), 403);
  });

  it.each([
    { name: 'to one dashboard, where another is asked for', value: one, path: '/d/plant-b' },
    { name: 'to one dashboard, where none is named', value: one, path: '/api/admin/settings' },
    { name: 'to viewing, where something is changed', value: view, path: '/api/admin/settings' },
  ])('SEC-J6 narrowed $name: 403, nothing upstream', async ({ value, path }) => {
    await expectRefused(gate, await gate.send(`GET ${path}`, [bearer(value)]), 403);
  });

  it('SEC-J6 narrowed to what it asks for: goes upstream', async () => {
    expect((await gate.send('GET /api/user', [bearer(here)])).status).toBe(200);
    gate.upstream.clear();
    expect((await gate.send('GET /d/plant-a', [bearer(one)])).status).toBe(200);
  });

  it('our own routes know the machine, too', async () => {
    const sent = await gate.send('GET /_gate/session', [bearer(key), 'Accept: application/json']);
    expect(JSON.parse(sent.body)).toMatchObject({ login: 'renderer', method: 'api-key', endsAt: '2100-01-01T00:00:00.000Z' });
  });
});

describe('the origin of a request with an API key', () => {
  const key = keyOf('writer');
  const gate = useGate({ signIn: { apiKeysFile: writeKeys('writer.yaml', entryOf(key)) } });

  it('SEC-D7.2 need not be named: a machine has none, and no page can send the key', async () => {
    expect((await gate.send('POST /api/x', [bearer(key)], '{}')).status).toBe(200);
    expect((await gate.send('DELETE /api/x', [bearer(key)])).status).toBe(200);
  });

  it.each([
    'Origin: https://evil.test',
    'Origin: null',
    `Origin: ${HOST_PAGE}`,
    'Referer: https://evil.test/',
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: none',
  ])('SEC-D7.2 has to be ours where there is one: %s', async (line) => {
    await expectRefused(gate, await gate.send('POST /api/x', [bearer(key), line], '{}'), 403);
  });

  it('SEC-D7.2 a bad key opens no way round the check for a cookie', async () => {
    await expectRefused(gate, await gate.sendAsAlice('POST /api/x', [bearer(keyOf('writer'))], '{}'), 401);
    await expectRefused(gate, await gate.sendAsAlice('POST /api/x', ['Authorization: Bearer other'], '{}'), 403);
    await expectRefused(gate, await gate.sendAsAlice('POST /api/x', [], '{}'), 403);
  });

  it('SEC-B18.4 no page is allowed to send Authorization: a preflight that asks for it is 403', async () => {
    const asked = ['Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: authorization'];
    await expectRefused(gate, await gate.send('OPTIONS /api/x', [`Origin: ${HOST_PAGE}`, ...asked]), 403);
  });

  it('SEC-D7.4 an upgrade without Origin is a machine too, and one of a foreign page is not', async () => {
    await expectRefused(gate, await gate.send('GET /api/live/ws', [bearer(key), ...UPGRADE, 'Origin: https://evil.test']), 403);
    await expectRefused(gate, await gate.sendAsAlice('GET /api/live/ws', UPGRADE), 403);
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.text('GET /api/live/ws', [bearer(key), ...UPGRADE]));
    expect((await connection.answer()).status).toBe(101);
    connection.close();
    expect(gate.upstream.onlyRequest.all('x-webauth-user')).toEqual(['renderer']);
    expect(gate.upstream.onlyRequest.header('authorization')).toBeUndefined();
  });
});

describe('refused keys of one address', () => {
  const key = keyOf('good');
  const gate = useGate({
    signIn: { apiKeysFile: writeKeys('good.yaml', entryOf(key)) },
    config: { limits: { ticketsPerAddress: '3 per 1m' } },
  });

  it('are 429 after some, and never hold up a good one', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await gate.send('GET /d/x', [bearer(keyOf('bad'))])).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    const limited = await gate.send('GET /d/x', [bearer(keyOf('bad')), 'Accept: application/json']);
    expect(Number(limited.header('retry-after'))).toBeGreaterThan(0);
    expect((await gate.send('GET /d/x', [bearer(key)])).status).toBe(200);
  });
});

describe('the keys file while the gate runs', () => {
  const stays = keyOf('stays');
  const goes = keyOf('goes');
  const events: { event: string; fields: LogFields }[] = [];
  const record = (event: string, fields: LogFields = {}): void => {
    events.push({ event, fields });
  };
  const log: Log = { debug() {}, info: record, warn: record, error: record };
  const apiKeysFile = writeKeys('live.yaml', entryOf(stays), entryOf(goes));
  const gate = useGate({ signIn: { apiKeysFile }, log });

  const openSocket = async (key: string): Promise<RawConnection> => {
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.text('GET /api/live/ws', [bearer(key), ...UPGRADE]));
    expect((await connection.answer()).status).toBe(101);
    return connection;
  };
  const until = async (check: () => boolean): Promise<void> => {
    await expect.poll(check, { timeout: 5000, interval: 20 }).toBe(true);
  };

  it('SEC-B8.3 a key that is taken out ends, its open connections too, and no other', async () => {
    const [kept, cut] = [await openSocket(stays), await openSocket(goes)];
    writeKeys('live.yaml', entryOf(stays));
    expect(await cut.waitForEnd(5000)).not.toBe('open');
    await expectRefused401(goes);
    expect(kept.ending).toBe('open');
    expect((await gate.send('GET /d/x', [bearer(stays)])).status).toBe(200);
    kept.close();
  });

  it('a file with problems is not taken over: the last good one holds, and the log says why without the hash', async () => {
    events.length = 0;
    writeKeys('live.yaml', entryOf(stays, { hash: stays }));
    await until(() => events.some(({ event }) => event === 'api-keys.kept'));
    expect((await gate.send('GET /d/x', [bearer(stays)])).status).toBe(200);
    expect(JSON.stringify(events)).toContain('is not a hash');
    expect(JSON.stringify(events)).not.toContain(stays.slice(-20));
    rmSync(apiKeysFile);
    await until(() => events.filter(({ event }) => event === 'api-keys.kept').length > 1);
    expect((await gate.send('GET /d/x', [bearer(stays)])).status).toBe(200);
  });

  it('a key that is added is good, and one that changes ends what it had open', async () => {
    const socket = await openSocket(stays);
    const fresh = keyOf('fresh');
    events.length = 0;
    writeKeys('live.yaml', entryOf(stays, { groups: ['operators', 'more'] }), entryOf(fresh));
    await until(() => events.some(({ event }) => event === 'api-keys.loaded'));
    expect(await socket.waitForEnd(5000)).not.toBe('open');
    expect((await gate.send('GET /d/x', [bearer(fresh)])).status).toBe(200);
  });

  async function expectRefused401(key: string): Promise<void> {
    expect((await gate.send('GET /d/x', [bearer(key)])).status).toBe(401);
  }
});
