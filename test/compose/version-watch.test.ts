// What an upstream answers when it is asked for its version, and when it is asked: against a real server, without a gate.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type VersionWatchOptions, watchVersion } from '../../src/compose/version-watch.ts';
import type { UpstreamConfig } from '../../src/config/config.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { type LogFields, silentLog } from '../../src/kernel/log.ts';
import type { Route } from '../../src/proxy/route.ts';
import { routeOf } from '../proxy/route-kit.ts';
import { answerText, type RecordedRequest, type RecordingOptions, RecordingUpstream, type Script } from '../support/recording-upstream.ts';
import { healthOf, until } from './version-kit.ts';

const FAST = { firstRetryMs: 5, maxRetryMs: 20, againMs: 20 };
/** One asking, and then none for the length of a test. */
const ONCE = { firstRetryMs: 60_000, maxRetryMs: 60_000, againMs: 60_000 };

interface Watched {
  readonly upstream: RecordingUpstream;
  readonly route: Route;
  readonly told: LogFields[];
  readonly targets: string[];
  table(): unknown;
  stop(): void;
  askNow(): void;
  noteUse(): void;
}

async function watch(
  answer: (request: RecordedRequest) => string | undefined,
  over: Partial<UpstreamConfig> = {},
  { recording = {}, ...options }: Partial<VersionWatchOptions> & { recording?: RecordingOptions } = {},
): Promise<Watched> {
  const targets: string[] = [];
  const script: Script = (request, socket) => {
    targets.push(request.target);
    const bytes = answer(request);
    if (bytes !== undefined) socket.write(bytes);
  };
  const upstream = await RecordingUpstream.start({ ...recording, script });
  const told: LogFields[] = [];
  const note = (_event: string, fields: LogFields = {}): void => {
    told.push(fields);
  };
  const socketPath = recording.path;
  const origin = socketPath === undefined ? upstream.url : 'http://localhost';
  const route = routeOf({ origin, socketPath, timeouts: { connectMs: 100, firstByteMs: 100, idleMs: 1000 }, ...over });
  const version = watchVersion(route, { clock: systemClock, log: { ...silentLog, info: note, warn: note }, times: ONCE, ...options });
  if (version === undefined) throw new Error('nothing is watched');
  onTestFinished(async () => {
    version.stop();
    await upstream.close();
  });
  return {
    upstream,
    route,
    told,
    targets,
    table: () => version.inForce().table,
    stop: version.stop,
    askNow: version.askNow,
    noteUse: version.noteUse,
  };
}

describe('an answer', () => {
  it.each([
    ['9.5.21', 9],
    ['10.4.1', 10],
    ['11.6.0-pre', 11],
    ['12.0.1+security-01', 12],
    ['13.0.0', 13],
  ])('of version %s puts the table %d in force', async (version, table) => {
    const { told, route } = await watch(() => healthOf(version));
    await until(() => told.length > 0);
    expect(told).toEqual([{ upstream: 'main', version, table }]);
    expect(route.presetInForce).toBe(route.preset.versions?.presetOf(table));
  });

  it.each(['14.0.0', '8.5.27', '99.1.0'])('of version %s leaves the strictest', async (version) => {
    const { told, route } = await watch(() => healthOf(version));
    await until(() => told.length > 0);
    expect(told).toMatchObject([{ version, table: 'strictest', reason: 'version-not-known' }]);
    expect(route.presetInForce).toBe(route.preset);
  });

  it('counts while the database is away (503)', async () => {
    const { told } = await watch(() => healthOf('12.2.0').replace('200 OK', '503 Service Unavailable'));
    await until(() => told.length > 0);
    expect(told).toMatchObject([{ table: 12 }]);
  });

  it.each([
    ['text', answerText('200 OK', [], 'Ok'), 'no-version'],
    ['nothing', 'HTTP/1.1 204 No Content\r\n\r\n', 'status-204'],
    ['a number', answerText('200 OK', [], '{"version":12}'), 'no-version'],
    ['a word', answerText('200 OK', [], '{"version":"twelve"}'), 'no-version'],
    ['a major version alone', answerText('200 OK', [], '{"version":"12"}'), 'no-version'],
    ['a version with text behind it', answerText('200 OK', [], '{"version":"12.2.0\\nx"}'), 'no-version'],
    ['a list', answerText('200 OK', [], '["12.2.0"]'), 'no-version'],
    ['a log-in page', answerText('302 Found', ['Location: /login']), 'status-302'],
    ['a page that is not there', answerText('404 Not Found', [], '{"version":"12.2.0"}'), 'status-404'],
    ['an error of what stands before it', answerText('502 Bad Gateway', [], 'x'), 'status-502'],
    ['an upgrade', 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n', 'unasked-upgrade'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n', 'hpe_invalid_constant'],
    ['too much', answerText('200 OK', [], `{"version":"12.2.0","x":"${'x'.repeat(17_000)}"}`), 'answer-too-long'],
    ['too much, without end', `HTTP/1.1 200 OK\r\n\r\n${' '.repeat(20_000)}`, 'answer-too-long'],
    ['half of it', 'HTTP/1.1 200 OK\r\nContent-Length: 69\r\n\r\n{"version":"12.2.0"', 'timeout'],
    ['silence', undefined, 'timeout'],
  ])('that is %s leaves the strictest, and its connection is closed', async (_name, answer, reason) => {
    const { told, upstream } = await watch(() => answer);
    await until(() => told.length > 0);
    expect(told).toMatchObject([{ table: 'strictest', reason, hint: expect.stringContaining('upstreams.main.version') }]);
    expect(told[0]).not.toHaveProperty('version');
    await until(() => upstream.connections.every(({ closed }) => closed));
  });
});

describe('the place that is asked', () => {
  it.each([
    [{ basePath: '/base' }, '/base/api/health'],
    [{ mount: '/grafana', basePath: '/base' }, '/base/grafana/api/health'],
    [{ mount: '/grafana', stripMount: true, basePath: '/base' }, '/base/api/health'],
  ])('is below the path that requests are sent to: %j', async (over, target) => {
    const { told, targets } = await watch(() => healthOf('12.2.0'), over);
    await until(() => told.length > 0);
    expect(targets).toEqual([target]);
  });

  it('is not that of another Grafana on the same server', async () => {
    const answer = ({ target }: RecordedRequest): string => (target.startsWith('/grafana/') ? healthOf() : healthOf('9.5.21'));
    const { told, targets } = await watch(answer, { mount: '/grafana' });
    await until(() => told.length > 0);
    expect(targets).toEqual(['/grafana/api/health']);
    expect(told).toMatchObject([{ table: 'strictest', reason: 'no-version' }]);
  });

  it('is nowhere else, wherever it is sent', async () => {
    const { told, targets } = await watch(() => answerText('302 Found', ['Location: /grafana/api/health']));
    await until(() => told.length > 0);
    expect(targets).toEqual(['/api/health']);
    expect(told).toMatchObject([{ table: 'strictest', reason: 'status-302' }]);
  });

  it('is a Unix socket, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'framegate-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const { told } = await watch(() => healthOf('12.2.0'), {}, { recording: { path: join(folder, 'g.sock') } });
    await until(() => told.length > 0);
    expect(told).toMatchObject([{ table: 12 }]);
  });
});

describe('the times', () => {
  it('are from time to time: an upgrade is noticed, and told once', async () => {
    let version = '11.6.0';
    const { told, targets, table } = await watch(() => healthOf(version), {}, { times: FAST });
    await until(() => targets.length >= 3);
    version = '12.2.0';
    await until(() => table() === 12);
    const asked = targets.length;
    await until(() => targets.length >= asked + 2);
    expect(told.map((fields) => fields['table'])).toEqual([11, 12]);
  });

  it('what is known counts on while a few askings get no answer, and no longer', async () => {
    let answer: string | undefined = healthOf('12.2.0');
    const { told, targets, table } = await watch(() => answer, {}, { times: { ...FAST, againMs: 10 } });
    await until(() => table() === 12);
    const asked = targets.length;
    answer = answerText('502 Bad Gateway');
    await until(() => targets.length >= asked + 2);
    expect(table()).toBe(12);
    await until(() => table() === 'strictest');
    expect(targets.length - asked).toBeGreaterThanOrEqual(5);
    answer = healthOf('12.2.0');
    await until(() => table() === 12);
    expect(told.map((fields) => fields['table'])).toEqual([12, 'strictest', 12]);
  });

  it('an answer without a version takes back what was known at once', async () => {
    let answer = healthOf('12.2.0');
    const { table } = await watch(() => answer, {}, { times: FAST });
    await until(() => table() === 12);
    answer = healthOf();
    await until(() => table() === 'strictest');
  });

  it('are also as soon as it is said to be back, though it is being asked just then', async () => {
    let answer: string | undefined;
    const { targets, askNow, table } = await watch(() => answer);
    await until(() => targets.length === 1);
    askNow();
    answer = healthOf('12.2.0');
    await until(() => table() === 12);
    expect(targets).toHaveLength(2);
  });

  it('are soon where somebody is sent there and the last asking got no answer, and not for each of many', async () => {
    const times = { firstRetryMs: 50, maxRetryMs: 60_000, againMs: 60_000 };
    let answer = answerText('502 Bad Gateway');
    const { targets, noteUse, table } = await watch(() => answer, {}, { times });
    // The third comes after 100 ms, the next ones ever later.
    await until(() => targets.length === 3);
    answer = healthOf('12.2.0');
    await until(() => {
      noteUse();
      return table() === 12;
    }, 1000);
    expect(targets).toHaveLength(4);
    noteUse();
    await sleep(60);
    expect(targets).toHaveLength(4);
  });

  it('end with the lane', async () => {
    const { targets, stop, askNow, told } = await watch(() => undefined, {}, { times: FAST });
    await until(() => targets.length === 1);
    stop();
    askNow();
    await sleep(150);
    expect({ asked: targets.length, told }).toEqual({ asked: 1, told: [] });
  });
});
