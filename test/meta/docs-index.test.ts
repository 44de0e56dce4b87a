// docs/README.md leads to every page.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const DOCS = join(import.meta.dirname, '../../docs');

it('docs/README.md names every page and every recipe', () => {
  const index = readFileSync(join(DOCS, 'README.md'), 'utf8');
  const pages = readdirSync(DOCS).filter((file) => file.endsWith('.md') && file !== 'README.md');
  const recipes = readdirSync(join(DOCS, 'recipes')).map((file) => `recipes/${file}`);
  expect([...pages, ...recipes].filter((page) => !index.includes(`](${page})`))).toEqual([]);
});
