// A process of its own that uses a store: `node sqlite-program.ts FILE add KEYS` or `... FILE fill`. Prints JSON.

import { systemClock } from '../../src/kernel/clock.ts';
import { FramegateError } from '../../src/kernel/errors.ts';
import { createSqliteStore } from '../../src/state/sqlite-store.ts';
import { recordLog } from './record-log.ts';

const [file = '', task, count] = process.argv.slice(2);
const log = recordLog();
const store = createSqliteStore({ file, clock: systemClock, log });
const end = systemClock.now() + 60_000;

if (task === 'add') {
  const added: number[] = [];
  for (let index = 0; index < Number(count); index++) if (await store.add(`rival:${index}`, '', end)) added.push(index);
  console.log(JSON.stringify(added));
} else {
  const first = await store.get('v:first').catch(describe);
  let failure: unknown;
  for (let index = 0; index < 1000 && failure === undefined; index++) {
    failure = await store.set(`v:${index}`, 'x'.repeat(10_000), end).catch(describe);
  }
  console.log(
    JSON.stringify({ first, failure, after: await store.get('v:first').catch(describe), up: store.isUp(), told: log.told('reason') }),
  );
}
await store.close();

function describe(error: unknown): unknown {
  return error instanceof FramegateError ? error.code : String(error);
}
