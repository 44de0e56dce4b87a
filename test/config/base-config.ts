// A configuration without problems or warnings, and what becomes of it when a part is changed.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { checkConfig, type LoadOptions } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import type { ConfigInput } from '../../src/config/schema.ts';

/** Good enough as a secret: 43 random characters, made for these tests. */
export const SECRET = 'w9Yx0Qf3vTzKq7RmJc2hLbN8sUeA4dGi-P6oXyZ1BkM';
export const OTHER_SECRET = 'T3nVb6Hq_u8CkZx1Rj5YwLp0Ms4Df7GaEo2Ni9UtXcQ';

/** Of "correct horse battery staple". */
export const PASSWORD_HASH = '$argon2id$v=19$m=19456,t=2,p=1$ZnJhbWVnYXRlLXRlc3QtMQ$uPqijxR46vV57nnuzX8I/owLOf6Y/RQfIYxs+d4Ktwc';

export const BASE: ConfigInput = {
  publicUrl: 'https://dash.example.com',
  upstreams: { grafana: { url: 'http://grafana:3000' } },
  session: { secret: SECRET },
  embed: { hosts: ['https://app.example.com'] },
  access: { rules: [{ name: 'operators', who: { groups: ['operators'] }, may: ['view'], on: { dataSources: ['prom'] } }] },
};

/** Anything may be written in a file, so tests may write anything. */
export type Written = Record<string, unknown>;

export interface Found {
  readonly problems: string[];
  readonly warnings: string[];
  readonly config: Config | undefined;
}

/** Checks the base configuration with top-level keys replaced. */
export function check(changes: Written = {}, options: LoadOptions = {}): Found {
  return checkInput({ ...BASE, ...changes } as unknown as ConfigInput, options);
}

export function checkInput(source: string | ConfigInput, options: LoadOptions = {}): Found {
  const { problems, warnings, config } = checkConfig(source, options);
  return { problems: problems.map(formatProblem), warnings: warnings.map(formatProblem), config };
}

/** The configuration of the changed base, which must be free of problems. */
export function resolved(changes: Written = {}, options: LoadOptions = {}): Config {
  const { config, problems } = check(changes, options);
  if (config === undefined) throw new Error(problems.join('\n'));
  return config;
}

/** A folder with these files, removed after the test. */
export function makeFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content, { mode: 0o600 });
  return folder;
}
