// A gate whose configuration lies in a file, and what people have open when that changes.

import { afterEach } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.ts';
import { type GateOptions, type TestGate, useGate } from '../support/start-gate.ts';
import { createRecord, type Logged } from './kit.ts';

type RuleInput = NonNullable<NonNullable<ConfigInput['access']>['rules']>[number];

export const OPERATORS: RuleInput = { name: 'operators', who: { groups: ['operators'] }, may: ['everything'], as: { role: 'Viewer' } };
export const SECRET = 'a secret of the tests, 32 bytes or longer';

/** RFC 6455 5.5.1: 0x88, length, then the code 1008 as 0x03f0, 1001 as 0x03e9. */
export const CLOSED_BY_POLICY = /^\x88[\x02-\x7d]\x03\xf0/;
export const GOING_AWAY = /^\x88[\x02-\x7d]\x03\xe9/;

/** One gate for the tests of a file, with what it logs. After each test its configuration is the first one again. */
export function useFileGate(options: GateOptions = {}): { gate: TestGate; logged: Logged[] } {
  const { log, logged } = createRecord();
  const gate = useGate({ ...options, fromFile: true, log });
  afterEach(async () => {
    await gate.rewrite({});
    await gate.reload();
    logged.length = 0;
  });
  return { gate, logged };
}

export const eventsOf = (logged: readonly Logged[], event: string): Logged['fields'][] =>
  logged.filter((line) => line.event === event).map(({ fields }) => fields);
