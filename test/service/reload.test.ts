// A configuration takes the place of another while people are connected: all of it or nothing, and what it takes away is
// gone at once (SEC-B8.4, SEC-B21.5).

import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { openSocket } from '../support/open-connections.ts';
import { RawConnection } from '../support/raw-client.ts';
import { answerText, OK, RecordingUpstream, replyWith } from '../support/recording-upstream.ts';
import { HOST_PAGE, PASSWORD_HASH, replaceFile } from '../support/start-gate.ts';
import { CLOSED_BY_POLICY, eventsOf, GOING_AWAY, OPERATORS, SECRET, useFileGate } from './reload-kit.ts';

const { gate, logged } = useFileGate();
const STREAM = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n';
const TICKETS = { issuer: HOST_PAGE, publicKeyFile: 'host.pem' };
const withRules = (...rules: (typeof OPERATORS)[]) => ({ access: { rules } });

describe('a reload', () => {
  it('SEC-B8.4 ends the WebSocket of somebody whom the rules no longer name, with 1008, and nobody else its own', async () => {
    await gate.rewrite(withRules(OPERATORS, { name: 'guests', who: { users: ['gus'] }, may: ['everything'] }));
    expect(await gate.reload()).toBe(true);
    const gus = await gate.signIn('gus', []);
    const [lost, kept] = [await openSocket(gate, gus), await openSocket(gate, gate.alice)];
    await gate.rewrite({});
    expect(await gate.reload()).toBe(true);
    expect(await lost.waitForEnd(1000)).not.toBe('open');
    expect(lost.pending).toMatch(CLOSED_BY_POLICY);
    expect((await gate.send('GET /api/x', [`Cookie: ${gus}`])).status).toBe(403);
    expect(kept.ending).toBe('open');
    expect((await gate.sendAsAlice('GET /api/x')).status).toBe(200);
    kept.close();
  });

  it('SEC-B8.4 ends an event stream likewise, also one that the upstream begins only after it', async () => {
    let begin: () => void = () => {};
    gate.upstream.script = (_request, socket) => {
      begin = () => socket.write(STREAM);
    };
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /api/stream'));
    await gate.upstream.waitUntil((upstream) => upstream.requests.length === 1);
    await gate.rewrite(withRules({ ...OPERATORS, may: ['view'] }));
    await gate.reload();
    begin();
    expect(await connection.waitForEnd(1000)).not.toBe('open');
    expect(connection.pending).not.toContain('data: 1');
  });

  it('SEC-B8.4 ends what a new denial is for, and every connection when rules begin to be enforced', async () => {
    const denied = await openSocket(gate, gate.alice);
    await gate.rewrite(withRules(OPERATORS, { name: 'not alice', who: { users: ['alice'] }, deny: ['everything'] } as never));
    await gate.reload();
    expect(await denied.waitForEnd(1000)).not.toBe('open');
    await gate.rewrite({ access: { mode: 'observe', rules: [] } });
    await gate.reload();
    const observed = await openSocket(gate, gate.alice);
    await gate.rewrite({});
    await gate.reload();
    expect(await observed.waitForEnd(1000)).not.toBe('open');
  });

  it('ends the sessions of an issuer that is no longer trusted', async () => {
    const socket = await openSocket(gate, gate.alice);
    await gate.rewrite({ signIn: { password: { usersFile: 'users.yaml' } } });
    await gate.reload();
    expect(await socket.waitForEnd(1000)).not.toBe('open');
    await gate.rewrite({});
    await gate.reload();
    expect((await gate.sendAsAlice('GET /api/x', ['Accept: application/json'])).status).toBe(401);
    gate.alice = await gate.signIn('alice', ['operators']);
  });

  it('ends the sessions of a login that became an account of the users file', async () => {
    const cookie = await gate.signIn('newcomer', ['operators']);
    const users = [{ name: 'newcomer', passwordHash: PASSWORD_HASH }];
    await replaceFile(`${gate.folder}/more.yaml`, JSON.stringify({ users }));
    await gate.rewrite({ signIn: { password: { usersFile: 'more.yaml' }, tickets: [TICKETS] } });
    expect(await gate.reload()).toBe(true);
    expect((await gate.send('GET /api/x', [`Cookie: ${cookie}`, 'Accept: application/json'])).status).toBe(401);
  });

  it('lets a request in flight end under the configuration that it began under', async () => {
    let answer: () => void = () => {};
    gate.upstream.script = (_request, socket) => {
      answer = () => socket.write(OK);
    };
    const connection = await RawConnection.open(gate.port);
    connection.write(gate.aliceText('GET /api/slow'));
    await gate.upstream.waitUntil((upstream) => upstream.requests.length === 1);
    await gate.rewrite({ upstreams: { other: { preset: 'generic', url: 'http://127.0.0.1:1' } }, access: { rules: [] } });
    expect(await gate.reload()).toBe(true);
    answer();
    expect((await connection.answer()).status).toBe(200);
    connection.close();
    expect((await gate.sendAsAlice('GET /api/slow')).status).toBe(403);
  });

  it('keeps connections to an upstream that it says nothing new of, and opens others where the address is another', async () => {
    await gate.sendAsAlice('GET /api/x');
    const [first] = gate.upstream.connections;
    await gate.rewrite(withRules({ ...OPERATORS, name: 'renamed' }));
    await gate.reload();
    await gate.sendAsAlice('GET /api/x');
    expect(gate.upstream.requests.at(-1)?.connection).toBe(first);

    const socket = await openSocket(gate, gate.alice);
    const other = await RecordingUpstream.start();
    try {
      await gate.rewrite({
        ...withRules({ ...OPERATORS, name: 'renamed' }),
        upstreams: { main: { preset: 'grafana', url: other.url, version: 12 } },
      });
      await gate.reload();
      expect(await socket.waitForEnd(1500)).not.toBe('open');
      expect(socket.pending).toMatch(GOING_AWAY);
      expect((await gate.sendAsAlice('GET /api/x')).status).toBe(200);
      expect(other.requests).toHaveLength(1);
    } finally {
      await gate.rewrite({});
      await gate.reload();
      await other.close();
    }
  });

  it('puts new host pages in force, cookies included, and signs nobody out by that', async () => {
    await gate.rewrite({ embed: { hosts: ['http://localhost:1', 'https://elsewhere.test'] } });
    await gate.reload();
    const page = await gate.sendAsAlice('GET /api/x');
    expect(page.status).toBe(200);
    expect(page.header('content-security-policy')).toContain('https://elsewhere.test');
  });

  it('lets a session secret be replaced: the old one still verifies while it is in the list', async () => {
    await gate.rewrite({ session: { secret: ['another secret of the tests, 32 bytes or longer', SECRET] } });
    await gate.reload();
    expect((await gate.sendAsAlice('GET /api/x')).status).toBe(200);
    const cookie = await gate.signIn('nick', ['operators']);
    await gate.rewrite({ session: { secret: 'another secret of the tests, 32 bytes or longer' } });
    await gate.reload();
    expect((await gate.send('GET /api/x', [`Cookie: ${cookie}`])).status).toBe(200);
    expect((await gate.sendAsAlice('GET /api/x', ['Accept: application/json'])).status).toBe(401);
  });

  it('logs what changed by name: keys, rules and users, and no value of a secret', async () => {
    await gate.rewrite({
      ...withRules({ ...OPERATORS, may: ['view'] }, { name: 'new', who: { users: ['x'] }, may: ['view'] }),
      session: { secret: ['canary-secret of the tests, 32 bytes or longer', SECRET], idleTimeout: '10m' },
    });
    await gate.reload();
    const [line] = eventsOf(logged, 'config.reloaded');
    expect(line).toMatchObject({
      keys: ['access.rules', 'session.secret', 'session.idleTimeout'],
      rulesAdded: ['new'],
      rulesChanged: ['operators'],
    });
    expect(line?.['revision']).toMatch(/^[0-9a-f]{12}$/);
    expect(JSON.stringify(logged)).not.toContain('canary');
  });
});

describe('a configuration that cannot be put in force', () => {
  it.each([
    ['is no document', '{ "publicUrl": '],
    ['has an unknown key', JSON.stringify({ publicUrl: 'http://localhost:1', unknown: true })],
    ['is gone', undefined],
  ])('SEC-B21.5 leaves the one from before in force and logs every problem: it %s', async (_name, text) => {
    const socket = await openSocket(gate, gate.alice);
    if (text === undefined) await rm(`${gate.folder}/framegate.json`);
    else await replaceFile(`${gate.folder}/framegate.json`, text);
    expect(await gate.reload()).toBe(false);
    expect(eventsOf(logged, 'config.problem').length).toBeGreaterThan(0);
    expect(eventsOf(logged, 'config.kept')).toHaveLength(1);
    expect(eventsOf(logged, 'config.reloaded')).toEqual([]);
    expect((await gate.sendAsAlice('GET /api/x')).status).toBe(200);
    expect(socket.ending).toBe('open');
    socket.close();
  });

  it.each([
    ['listen', { listen: { host: '127.0.0.1', port: 1 } }],
    ['publicUrl', { publicUrl: 'http://localhost:1' }],
    ['admin', { admin: { host: '127.0.0.1', port: 1 } }],
    ['session.store', { session: { secret: SECRET, store: 'sqlite:state.db' } }],
  ])('SEC-B21.5 names %s as what needs a restart, and applies nothing else of it', async (key, over) => {
    await gate.rewrite({ ...over, access: { rules: [] } });
    expect(await gate.reload()).toBe(false);
    expect(eventsOf(logged, 'config.problem')).toContainEqual(
      expect.objectContaining({ path: key, problem: expect.stringContaining('Restart framegate') }),
    );
    expect((await gate.sendAsAlice('GET /api/x')).status).toBe(200);
  });
});

describe('files that change', () => {
  it('SEC-B8.4 are noticed by themselves: who is taken out of the rules is disconnected within 2 s', async () => {
    const socket = await openSocket(gate, gate.alice);
    const changedAt = performance.now();
    await gate.rewrite({ access: { rules: [] } });
    expect(await socket.waitForEnd(2000)).not.toBe('open');
    expect(performance.now() - changedAt).toBeLessThan(2000);
    expect(socket.pending).toMatch(CLOSED_BY_POLICY);
  });

  it('are also those that the configuration names, where Kubernetes swaps the link to their folder', async () => {
    const [one, two] = [`${gate.folder}/one`, `${gate.folder}/two`];
    const users = (...names: string[]) => JSON.stringify({ users: names.map((name) => ({ name, passwordHash: PASSWORD_HASH })) });
    for (const [folder, text] of [
      [one, users('pat')],
      [two, users('pat', 'quentin')],
    ] as const) {
      await mkdir(folder);
      await writeFile(`${folder}/users.yaml`, text);
    }
    await symlink(one, `${gate.folder}/data`);
    await gate.rewrite({ signIn: { password: { usersFile: 'data/users.yaml' }, tickets: [TICKETS] } });
    await gate.reload();
    logged.length = 0;
    await symlink(two, `${gate.folder}/data.new`);
    await rename(`${gate.folder}/data.new`, `${gate.folder}/data`);
    await vi.waitUntil(() => eventsOf(logged, 'config.reloaded').length > 0, 3000);
    expect(eventsOf(logged, 'config.reloaded')[0]).toMatchObject({ keys: ['signIn.password'], usersAdded: ['quentin'] });
  });

  it('are told of once while they have a problem, and again when that is mended', async () => {
    await replaceFile(`${gate.folder}/framegate.json`, '{');
    await vi.waitUntil(() => eventsOf(logged, 'config.kept').length > 0, 3000);
    await gate.rewrite(withRules({ ...OPERATORS, name: 'mended' }));
    await vi.waitUntil(() => eventsOf(logged, 'config.reloaded').length > 0, 3000);
    expect(eventsOf(logged, 'config.kept')).toHaveLength(1);
  });
});

describe('requests under way all the time', () => {
  it('none fails while the configuration is swapped again and again', async () => {
    gate.upstream.script = replyWith(answerText('200 OK', [], 'x'.repeat(2000)));
    let stop = false;
    const statuses: number[] = [];
    const clients = Array.from({ length: 4 }, async () => {
      while (!stop) statuses.push((await gate.sendAsAlice('GET /api/x')).status);
    });
    const upstreams = { main: { preset: 'grafana' as const, url: gate.upstream.url } };
    for (let round = 0; round < 12; round += 1) {
      const timeouts = round % 3 === 0 ? { firstByte: `${20 + round}s` } : {};
      await gate.rewrite({ ...withRules({ ...OPERATORS, name: `round ${round}` }), upstreams: { main: { ...upstreams.main, timeouts } } });
      expect(await gate.reload()).toBe(true);
      const seen = statuses.length;
      await vi.waitUntil(() => statuses.length > seen + 4, 5000);
    }
    stop = true;
    await Promise.all(clients);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});
