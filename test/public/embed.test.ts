// What embed.js may weigh and contain. That it works is shown in a real browser (test/browser).

import { readFileSync } from 'node:fs';
import { Script } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const read = (name: string): string => readFileSync(new URL(`../../public/${name}`, import.meta.url), 'utf8');
const text = read('embed.js');

describe('embed.js', () => {
  it('is smaller than 4 KiB, compressed', () => {
    expect(gzipSync(text, { level: 9 }).length).toBeLessThan(4096);
  });

  it('is a classic script without dependencies', () => {
    expect(() => new Script(text)).not.toThrow();
    expect(text).not.toMatch(/\bimport\b|\brequire\(/);
  });

  it('SEC-C12 gives the frame the tokens it needs and no more', () => {
    const tokens = [...text.matchAll(/allow-[a-z-]+/g)].map(([token]) => token);
    expect([...new Set(tokens)].sort()).toEqual([
      'allow-downloads',
      'allow-forms',
      'allow-popups',
      'allow-popups-to-escape-sandbox',
      'allow-same-origin',
      'allow-scripts',
    ]);
  });

  it('SEC-C5 never listens to or speaks to every origin, and never builds markup from text', () => {
    for (const name of ['embed.js', 'assets/frame.js', 'assets/card.js', 'assets/popup.js']) {
      expect(read(name)).not.toMatch(/['"]\*['"]|innerHTML|insertAdjacentHTML|\beval\(|document\.write/);
    }
  });
});
