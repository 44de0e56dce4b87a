// An unlisted host page shows only the browser's refusal; the log says which host to add, and cannot be flooded.

import { describe, expect, it } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { createEmbeddingNote } from '../../src/road/embedding-note.ts';

function createNote() {
  const clock = { nowMs: 0, now: () => clock.nowMs };
  const hosts: unknown[] = [];
  const hints: unknown[] = [];
  const log = {
    ...silentLog,
    warn: (event: string, fields?: Readonly<Record<string, unknown>>) => {
      expect(event).toBe('frame.host-not-listed');
      hosts.push(fields?.['host']);
      hints.push(fields?.['hint']);
    },
  };
  const config = { publicUrl: { origin: 'https://p.test' }, embed: { hosts: ['https://host.test'] } } as unknown as Config;
  return { clock, hosts, hints, note: createEmbeddingNote({ config, clock, log }) };
}
const framedBy = (referer?: string, dest = 'iframe') => ({ 'sec-fetch-dest': dest, ...(referer === undefined ? {} : { referer }) });

describe('the note about an unlisted host page', () => {
  it('names the origin and what to do, and nothing else of the address', () => {
    const { hosts, hints, note } = createNote();
    note(framedBy('https://other.test/page?token=canary'));
    expect(hosts).toEqual(['https://other.test']);
    expect(hints[0]).toContain('embed.hosts');
    expect(JSON.stringify(hints)).not.toContain('canary');
  });

  it.each([
    ['a listed host', framedBy('https://host.test/page')],
    ['our own page', framedBy('https://p.test/d/x')],
    ['a page of its own', framedBy('https://other.test/', 'document')],
    ['a script', framedBy('https://other.test/', 'script')],
    ['no Referer', framedBy()],
    ['a Referer that is none', framedBy('other')],
    ['no Fetch Metadata', { referer: 'https://other.test/' }],
  ])('is not made for %s', (_name, headers) => {
    const { hosts, note } = createNote();
    note(headers);
    expect(hosts).toEqual([]);
  });

  it('is made at most once a minute for each host', () => {
    const { clock, hosts, note } = createNote();
    note(framedBy('https://a.test/'));
    clock.nowMs = 59_999;
    note(framedBy('https://a.test/other'));
    note(framedBy('https://b.test/', 'frame'));
    clock.nowMs = 60_000;
    note(framedBy('https://a.test/'));
    expect(hosts).toEqual(['https://a.test', 'https://b.test', 'https://a.test']);
  });

  it('is bounded against made-up hosts, and a real one is heard again after a minute', () => {
    const { clock, hosts, note } = createNote();
    for (let index = 0; index < 5000; index += 1) note(framedBy(`https://made-up-${index}.test/`));
    expect(hosts).toHaveLength(1000);
    note(framedBy('https://real.test/'));
    expect(hosts).not.toContain('https://real.test');
    clock.nowMs = 60_000;
    note(framedBy('https://real.test/'));
    expect(hosts.at(-1)).toBe('https://real.test');
  });
});
