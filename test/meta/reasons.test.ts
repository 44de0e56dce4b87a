// The reasons of a decision are a closed vocabulary, and docs/behaviour.md says what each means.

import { expect, it } from 'vitest';
import { readText } from './files.ts';

it('docs/behaviour.md has each reason of a decision, and no others', () => {
  const source = readText('src/policy/decision.ts');
  const types = [...source.matchAll(/export type (?:Match|Miss|Reason) =([^;]+);/g)].map(([, type = '']) => type).join('\n');
  const reasons = [...types.matchAll(/'([a-z-]+)'/g)].map(([, word = '']) => word);
  const text = readText('docs/behaviour.md');
  const section = text.slice(text.indexOf('### Reasons of a decision'), text.indexOf('## Own routes'));
  const told = [...section.matchAll(/^\|([^|]+)\|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([a-z-]+)`/g)].map(([, word = '']) => word),
  );
  expect(reasons.length).toBeGreaterThan(15);
  expect(told.sort()).toEqual(reasons.sort());
});
