// No input, from either side, may raise an uncaught exception: each test of each suite asserts it.

import { describe, expect, it } from 'vitest';
import config from '../../vitest.config.ts';

type Project = { readonly test?: { readonly name?: unknown; readonly setupFiles?: unknown; readonly isolate?: unknown } };

describe('PRX-33 the suites', () => {
  const projects = (config.test?.projects ?? []) as Project[];

  it('are known here', () => {
    expect(projects.map(({ test }) => test?.name)).toEqual(expect.arrayContaining(['main', 'http-proxy', 'undici', 'browser', 'package']));
  });

  it('all watch for what nobody caught', () => {
    for (const { test } of projects) expect(test?.setupFiles, String(test?.name)).toContain('test/support/no-uncaught.ts');
  });

  it('hear of it in this very process', () => {
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      expect(process.listeners(event as 'uncaughtException').map(({ name }) => name)).toContain('recordUncaught');
    }
  });
});
