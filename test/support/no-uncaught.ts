// Runs before each file of tests: no input, from either side, may raise an uncaught exception or rejection (PRX-33).

import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

const uncaught: unknown[] = [];

function recordUncaught(error: unknown): void {
  uncaught.push(error);
}

beforeAll(() => {
  process.on('uncaughtException', recordUncaught);
  process.on('unhandledRejection', recordUncaught);
});

async function expectNone(): Promise<void> {
  await nextTurn();
  expect(uncaught.splice(0), 'uncaught').toEqual([]);
}

afterEach(expectNone);

// The first of these to be registered is the last to run: after servers were closed.
afterAll(async () => {
  await expectNone();
  process.off('uncaughtException', recordUncaught);
  process.off('unhandledRejection', recordUncaught);
});
