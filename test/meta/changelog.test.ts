import { expect, it } from 'vitest';
import { readText } from './files.ts';

const { version } = JSON.parse(readText('package.json')) as { version: string };
const headings = [...readText('CHANGELOG.md').matchAll(/^## (\S+)/gm)].map(([, name]) => name);

it('the changelog has an entry for the version of the package', () => {
  expect(headings).toContain(version);
});

it('the changelog begins with what is not released yet, and has each version once, the newest first', () => {
  expect(headings[0]).toBe('Unreleased');
  const versions = headings.slice(1);
  expect(versions).toEqual([...new Set(versions)].sort((a = '', b = '') => b.localeCompare(a, 'en', { numeric: true })));
});
