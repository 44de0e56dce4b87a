// Links of the documents lead somewhere: to a file that is there, and to a heading in it.

import { existsSync } from 'node:fs';
import { dirname, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, ROOT, readText } from './files.ts';

const documents = listFiles().filter((path) => path.endsWith('.md') && !path.startsWith('test/fixtures/'));

/** Text outside code. */
const proseOf = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** The address of a heading, as repository hosts make it. */
const slugOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

function headingsOf(path: string): string[] {
  const text = readText(path).replaceAll(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => slugOf(heading));
}

function brokenLinks(path: string): string[] {
  const targets = [...proseOf(readText(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => {
    if (/^(?:https?|mailto):/.test(target)) return false;
    const [file = '', anchor] = target.split('#', 2);
    const linked = file === '' ? path : posix.join(dirname(path), file);
    if (!existsSync(ROOT + linked)) return true;
    return anchor !== undefined && linked.endsWith('.md') && !headingsOf(linked).includes(anchor);
  });
}

describe('the links', () => {
  it.each(documents)('of %s resolve', (path) => {
    expect(brokenLinks(path)).toEqual([]);
  });

  it('are looked at', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'SECURITY.md', 'docs/behaviour.md']));
  });
});
