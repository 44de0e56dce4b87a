// A gate that asks its upstream for the version, an upstream that answers what a test wants, and what shows by which
// version requests are judged.

import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { Log, LogFields } from '../../src/kernel/log.ts';
import { LIMITED } from '../security/limited-viewer-kit.ts';
import { answerText, defaultScript, type RecordedRequest, type Script } from '../support/recording-upstream.ts';
import { type GateOptions, TestGate } from '../support/start-gate.ts';

/** As Grafana 12.2 writes it; undefined: with `[auth.anonymous] hide_version`. */
export function healthOf(version?: string): string {
  const said = version === undefined ? '' : `,\n  "version": "${version}",\n  "commit": "e531a4d6"`;
  return answerText(
    '200 OK',
    ['Cache-Control: no-store', 'Content-Type: application/json; charset=UTF-8'],
    `{\n  "database": "ok"${said}\n}`,
  );
}

/** A query by uid and number: to a known version from 10 on it is one by its uid, and else one of two data sources. */
export const NUMBERED = { queries: [{ refId: 'A', datasource: { uid: 'prom' }, datasourceId: 7 }], from: '1', to: '2' };

interface Told {
  readonly level: 'info' | 'warn';
  readonly fields: LogFields;
}

export class VersionScene {
  /** Answer to whoever asks for the version; undefined: none yet. */
  health: string | undefined;
  /** Whoever asked. */
  readonly asked: RecordedRequest[] = [];
  /** Lines `upstream.version` of the log. */
  readonly told: Told[] = [];
  readonly gate: TestGate;
  readonly script: Script = (request, socket) => {
    if (!request.target.endsWith('/api/health')) return defaultScript(request, socket);
    this.asked.push(request);
    if (this.health !== undefined) socket.write(this.health);
  };

  constructor(health: string | undefined, { upstream, recording, ...options }: GateOptions) {
    this.health = health;
    const note =
      (level: Told['level']) =>
      (event: string, fields: LogFields = {}): void => {
        if (event === 'upstream.version') this.told.push({ level, fields });
      };
    const other = (): void => {};
    const log: Log = { isDebug: false, debug: other, info: note('info'), warn: note('warn'), error: other };
    this.gate = new TestGate({
      ...LIMITED,
      log,
      ...options,
      upstream: { version: 'auto', ...upstream },
      recording: { script: this.script, ...recording },
    });
  }

  /** What the admin API says. */
  async judgedAs(): Promise<unknown> {
    const answer = await fetch(`${this.gate.adminUrl}/admin/api/upstreams`);
    const { upstreams } = (await answer.json()) as { upstreams: { judgedAs?: unknown }[] };
    return upstreams[0]?.judgedAs;
  }

  /** Answers those who wait. */
  release(health: string): void {
    this.health = health;
    for (const { connection } of this.asked) if (!connection.closed) connection.socket.write(health);
  }

  /** 200: by a known version from 10 on. */
  async askNumbered(): Promise<number> {
    const { gate } = this;
    const sent = await gate.sendAsAlice('POST /api/ds/query', [gate.ownOrigin, 'Content-Type: application/json'], JSON.stringify(NUMBERED));
    return sent.status;
  }
}

/** Started, and closed after the test. */
export async function startScene(health: string | undefined, options: GateOptions = {}): Promise<VersionScene> {
  const scene = new VersionScene(health, options);
  onTestFinished(() => scene.gate.close());
  await scene.gate.start();
  return scene;
}

/** @throws when it does not come to hold in time. */
export async function until(check: () => boolean | Promise<boolean>, patienceMs = 5000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await check())) {
    if (Date.now() > deadline) throw new Error(`it did not come to hold within ${patienceMs} ms: ${check.toString()}`);
    await sleep(5);
  }
}
