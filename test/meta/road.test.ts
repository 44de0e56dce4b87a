// The road of a request is data, and docs/behaviour.md tells it in words: the same steps in the same order.

import { expect, it } from 'vitest';
import { ROAD } from '../../src/road/run.ts';
import { readText } from './files.ts';

it('docs/behaviour.md tells the steps of the road, in their order', () => {
  const steps = [...readText('docs/behaviour.md').matchAll(/^(\d+)\. \*\*([a-zA-Z ]+)\*\*/gm)];
  expect(steps.map(([, , name]) => name)).toEqual([...ROAD]);
  expect(steps.map(([, number]) => Number(number))).toEqual(ROAD.map((_, index) => index + 1));
});

it('README names them too', () => {
  const road = /## How a request travels\n\n([^:]+):/.exec(readText('README.md'))?.[1]?.replaceAll('\n', ' ') ?? '';
  expect(road.split(', ').map((step) => step.trim())).toEqual(ROAD.map((step) => (step === 'audit and metrics' ? 'audit' : step)));
});
