// What every store has to do, whichever it is. Two stores over the same state stand for two instances.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, onTestFailed } from 'vitest';
import type { StateStore } from '../../src/kernel/state-store.ts';

export interface Bench {
  /** One and the same where a store is not shared. */
  readonly stores: readonly [StateStore, StateStore];
  now(): number;
  /** Moves the clock, where ends are judged by it; else time passes by itself. */
  pass(ms: number): void;
}

const MINUTE_MS = 60_000;
/** Short enough to wait for where time passes by itself. */
const SHORT_MS = 40;
const SEED = Number(process.env['TEST_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

const ODD_KEYS = [
  'odd:__proto__',
  '__proto__:__proto__',
  'constructor:toString',
  'odd:*',
  'odd:?',
  'odd:[a-z]',
  'odd:\\',
  'odd:\\*',
  'odd:%_',
  "odd:'; DROP TABLE entry; --",
  'odd:a b',
  'odd:',
  'odd::',
  'odd:~',
  `odd:${'x'.repeat(252)}`,
];

const ODD_VALUES = ['', ' ', 'text', 'a\0b', '"', '\r\n', '\u{1f600}\u00e9', '\u2028', 'OK', 'nil', '-1', 'x'.repeat(1024 * 1024)];

export function describeStateStore(createBench: () => Promise<Bench>): void {
  let bench: Bench;
  let a: StateStore;
  let b: StateStore;
  const later = (ms = MINUTE_MS): number => bench.now() + ms;
  const collect = async (store: StateStore, prefix: string): Promise<Map<string, string>> => {
    const found = new Map<string, string>();
    for await (const [key, value] of store.entries(prefix)) {
      expect(found.has(key), key).toBe(false);
      found.set(key, value);
    }
    return found;
  };
  /** Twenty calls at once, spread over both stores. */
  const together = <T>(call: (store: StateStore, index: number) => Promise<T>): Promise<T[]> =>
    Promise.all(Array.from({ length: 20 }, (_, index) => call(index % 2 === 0 ? a : b, index)));

  beforeEach(async () => {
    bench = await createBench();
    [a, b] = bench.stores;
  });
  afterEach(async () => {
    await a.close();
    await b.close();
  });

  describe('values', () => {
    it('are absent until they are set, and the last one stands', async () => {
      expect(await a.get('v:1')).toBeUndefined();
      await a.set('v:1', 'one', later());
      await a.set('v:1', 'two', later());
      expect(await b.get('v:1')).toBe('two');
    });

    it('are any text up to 1 MiB', async () => {
      for (const value of ODD_VALUES) {
        await a.set('v:text', value, later());
        expect((await b.get('v:text')) === value, JSON.stringify(value.slice(0, 20))).toBe(true);
        expect((await b.take('v:text')) === value, JSON.stringify(value.slice(0, 20))).toBe(true);
      }
    });

    it('have keys of any printable characters, each for itself', async () => {
      for (const key of ODD_KEYS) expect(await a.get(key), key).toBeUndefined();
      for (const key of ODD_KEYS) await a.set(key, key, later());
      expect(await b.getMany(ODD_KEYS)).toEqual(ODD_KEYS);
      for (const key of ODD_KEYS) expect(await b.take(key), key).toBe(key);
      expect(await a.getMany(ODD_KEYS)).toEqual(ODD_KEYS.map(() => undefined));
    });

    it('come several at once in the order of their keys, those that are absent too', async () => {
      await a.set('v:1', 'one', later());
      await a.set('v:2', 'two', later());
      expect(await b.getMany(['v:2', 'v:none', 'v:1', 'v:2'])).toEqual(['two', undefined, 'one', 'two']);
      expect(await b.getMany([])).toEqual([]);
    });

    it.each([
      ['a key without a kind', () => a.get('plain')],
      ['a key that is not ASCII', () => a.get('v:\u00e9')],
      ['a key with a control character', () => a.take('v:\n')],
      ['a key of more than 256 characters', () => a.getMany([`v:${'x'.repeat(255)}`])],
      ['a value of more than 1 MiB', () => a.set('v:1', 'x'.repeat(1024 * 1024 + 1), later())],
      ['a value with half a character', () => a.add('v:1', '\ud83d', later())],
      ['a time that is none', () => a.set('v:1', '', Number.NaN)],
      ['half a count', () => a.count('v:1', 0.5, MINUTE_MS)],
      ['a log without a name', () => a.append('', '', MINUTE_MS)],
    ])('refuse %s', async (_name, call) => {
      await expect(call()).rejects.toThrow(TypeError);
    });
  });

  describe('an end', () => {
    it('makes a value absent', async () => {
      await a.set('v:1', 'one', later(SHORT_MS));
      await a.set('v:2', 'two', later());
      bench.pass(SHORT_MS);
      await expect.poll(() => a.get('v:1')).toBeUndefined();
      expect(await b.getMany(['v:1', 'v:2'])).toEqual([undefined, 'two']);
      expect(await b.take('v:1')).toBeUndefined();
      expect([...(await collect(b, 'v:')).keys()]).toEqual(['v:2']);
    });

    it('lets the key be added, and not be replaced', async () => {
      await a.set('v:1', 'one', later(SHORT_MS));
      bench.pass(SHORT_MS);
      await expect.poll(() => a.get('v:1')).toBeUndefined();
      expect(await b.replace('v:1', 'two', later())).toBe(false);
      expect(await b.add('v:1', 'three', later())).toBe(true);
      expect(await a.get('v:1')).toBe('three');
    });

    it('moves with the value that is set', async () => {
      await a.set('v:1', 'one', later(SHORT_MS));
      await a.set('v:1', 'two', later());
      await a.set('v:2', 'one', later());
      await a.replace('v:2', 'two', later(SHORT_MS));
      bench.pass(SHORT_MS);
      await expect.poll(() => a.get('v:2')).toBeUndefined();
      expect(await a.get('v:1')).toBe('two');
    });

    it('that has passed removes the key', async () => {
      await a.set('v:1', 'one', later());
      await a.set('v:1', 'two', bench.now());
      expect(await b.get('v:1')).toBeUndefined();
      await a.set('v:1', 'one', later());
      expect(await b.replace('v:1', 'two', later(-1))).toBe(true);
      expect(await b.replace('v:1', 'two', later(-1))).toBe(false);
      expect(await a.get('v:1')).toBeUndefined();
    });

    it('that has passed lets nobody be the first to add', async () => {
      expect(await a.add('v:1', 'one', bench.now())).toBe(false);
      expect(await a.get('v:1')).toBeUndefined();
    });
  });

  describe('of twenty at once on two instances', () => {
    it('one adds', async () => {
      const added = await together((store, index) => store.add('v:1', `by ${index}`, later()));
      expect(added.filter(Boolean)).toHaveLength(1);
      expect(await a.get('v:1')).toBe(`by ${added.indexOf(true)}`);
      expect(await b.add('v:1', 'late', later())).toBe(false);
    });

    it('one adds where a value has ended', async () => {
      await a.set('v:1', 'one', later(SHORT_MS));
      bench.pass(SHORT_MS);
      await expect.poll(() => a.get('v:1')).toBeUndefined();
      expect((await together((store) => store.add('v:1', '', later()))).filter(Boolean)).toHaveLength(1);
    });

    it('one takes, an empty value too', async () => {
      for (const value of ['one', '']) {
        await a.set('v:1', value, later());
        const taken = await together((store) => store.take('v:1'));
        expect(taken.filter((each) => each !== undefined)).toEqual([value]);
      }
    });

    it('none revives what is taken', async () => {
      await a.set('v:1', 'one', later());
      const done = await together(async (store, index) => (index === 7 ? store.take('v:1') : store.replace('v:1', 'again', later())));
      expect(done[7]).toBeDefined();
      expect(await a.get('v:1')).toBeUndefined();
    });

    it('each counts', async () => {
      const counted = await together((store) => store.count('c:1', 1, MINUTE_MS));
      expect(counted.map(({ count }) => count).sort((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    });
  });

  describe('a counter', () => {
    it('counts in a window that begins with its first count', async () => {
      const first = await a.count('c:1', 2, MINUTE_MS);
      expect(first.count).toBe(2);
      expect(Math.abs(first.endsAtMs - later())).toBeLessThan(5000);
      const second = await b.count('c:1', 3, 10 * MINUTE_MS);
      expect(second.count).toBe(5);
      expect(Math.abs(second.endsAtMs - first.endsAtMs)).toBeLessThan(1000);
    });

    it('is read by adding nothing, which begins no window', async () => {
      const before = await a.count('c:1', 0, MINUTE_MS);
      expect(before.count).toBe(0);
      expect(before.endsAtMs).toBeLessThanOrEqual(bench.now());
      await a.count('c:1', 4, MINUTE_MS);
      expect((await b.count('c:1', 0, MINUTE_MS)).count).toBe(4);
    });

    it('takes back, and never goes below nothing', async () => {
      expect((await a.count('c:1', -1, MINUTE_MS)).count).toBe(0);
      await a.count('c:1', 2, MINUTE_MS);
      expect((await b.count('c:1', -1, MINUTE_MS)).count).toBe(1);
      expect((await b.count('c:1', -5, MINUTE_MS)).count).toBe(0);
      expect((await a.count('c:1', 1, MINUTE_MS)).count).toBe(1);
    });

    it('begins anew after its window', async () => {
      await a.count('c:1', 5, SHORT_MS);
      bench.pass(SHORT_MS);
      await expect.poll(async () => (await a.count('c:1', 0, SHORT_MS)).count).toBe(0);
      expect((await b.count('c:1', 1, MINUTE_MS)).count).toBe(1);
      expect((await a.count('c:1', 1, SHORT_MS)).endsAtMs).toBeGreaterThan(later(MINUTE_MS / 2));
    });

    it('is no value', async () => {
      await a.count('c:1', 1, MINUTE_MS);
      await a.append('c:1', 'entry', MINUTE_MS);
      expect(await a.get('c:1')).toBeUndefined();
      expect(await a.take('c:1')).toBeUndefined();
      expect(await collect(a, '')).toEqual(new Map());
      await a.set('c:1', 'text', later());
      expect((await a.count('c:1', 1, MINUTE_MS)).count).toBe(2);
    });
  });

  describe('entries', () => {
    it('are those whose key begins with the prefix, whatever characters it has', async () => {
      for (const key of ODD_KEYS) await a.set(key, key, later());
      for (const prefix of ['', 'odd', ...ODD_KEYS]) {
        const expected = ODD_KEYS.filter((key) => key.startsWith(prefix)).sort();
        const found = await collect(b, prefix);
        expect([...found.keys()].sort(), prefix).toEqual(expected);
        expect([...found.values()].sort(), prefix).toEqual(expected);
      }
    });

    it('are all there, many as they are', async () => {
      const keys = Array.from({ length: 1234 }, (_, index) => `many:${index}`);
      await Promise.all(keys.map((key) => a.set(key, key, later())));
      await a.set('other:1', '', later());
      expect([...(await collect(b, 'many:')).keys()].sort()).toEqual(keys.sort());
    });

    it('can be taken and set while they are read', async () => {
      for (let index = 0; index < 30; index++) await a.set(`v:${index}`, '', later());
      let met = 0;
      for await (const [key] of a.entries('v:')) {
        await a.take(key);
        if (met++ < 100) await a.set(`v:new${met}`, '', later());
      }
      expect(met).toBeGreaterThanOrEqual(30);
      for (let index = 0; index < 30; index++) expect(await a.get(`v:${index}`)).toBeUndefined();
    });
  });

  describe('a log', () => {
    it('is empty at first', async () => {
      const { entries, cursor } = await a.read('log');
      expect(entries).toEqual([]);
      await a.append('log', 'one', MINUTE_MS);
      expect((await a.read('log', cursor)).entries).toEqual(['one']);
    });

    it('is read in order, by every instance, from its own cursor on', async () => {
      await a.append('log', 'one', MINUTE_MS);
      await b.append('log', 'two', MINUTE_MS);
      const first = await a.read('log');
      expect(first.entries).toEqual(['one', 'two']);
      expect((await a.read('log', first.cursor)).entries).toEqual([]);
      for (const entry of ['three', '', 'a\0\u{1f600}']) await b.append('log', entry, MINUTE_MS);
      const second = await a.read('log', first.cursor);
      expect(second.entries).toEqual(['three', '', 'a\0\u{1f600}']);
      expect((await b.read('log', first.cursor)).entries).toEqual(second.entries);
      expect((await b.read('log')).entries).toHaveLength(5);
      expect((await a.read('log', second.cursor)).entries).toEqual([]);
    });

    it('is one for each name', async () => {
      await a.append('log', 'one', MINUTE_MS);
      await a.append('__proto__', 'two', MINUTE_MS);
      expect((await b.read('log')).entries).toEqual(['one']);
      expect((await b.read('__proto__')).entries).toEqual(['two']);
    });

    it('is read whole, long as it is', async () => {
      const all = Array.from({ length: 1100 }, (_, index) => String(index));
      for (const entry of all) await a.append('log', entry, MINUTE_MS);
      const { entries, cursor } = await b.read('log');
      expect(entries).toEqual(all);
      await a.append('log', 'last', MINUTE_MS);
      expect((await b.read('log', cursor)).entries).toEqual(['last']);
    });

    it('loses no entry that was appended while it was read', async () => {
      const seen: string[] = [];
      let appended = 0;
      const appends = together(async (store, index) => {
        await store.append('log', String(index), MINUTE_MS);
        appended++;
      });
      let cursor: string | undefined;
      while (seen.length < 20) {
        const done = appended === 20;
        const page = await b.read('log', cursor);
        seen.push(...page.entries);
        cursor = page.cursor;
        if (done) break;
      }
      await appends;
      expect(seen.map(Number).sort((x, y) => x - y)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    });

    it('keeps an entry for its time, also behind one that is kept longer', async () => {
      await a.append('log', 'long', MINUTE_MS);
      await a.append('log', 'short', 1);
      bench.pass(1);
      await a.append('log', 'last', 1);
      const { entries } = await b.read('log');
      expect(entries[0]).toBe('long');
      expect(entries.at(-1)).toBe('last');
    });

    it('has a cursor that outlives the entries before it', async () => {
      await a.append('log', 'one', 1);
      const { cursor } = await b.read('log');
      bench.pass(1);
      await a.append('log', 'two', MINUTE_MS);
      await a.append('log', 'three', MINUTE_MS);
      const { entries } = await b.read('log', cursor);
      expect(entries).toEqual(['two', 'three']);
    });
  });

  describe('who watches a log', () => {
    it('is woken by an append of this instance and of another', async () => {
      let wakes = 0;
      b.watch('log', () => wakes++);
      await b.append('log', 'own', MINUTE_MS);
      await expect.poll(() => wakes, { timeout: 2000 }).toBeGreaterThan(0);
      // A second store may only have begun to look.
      await expect
        .poll(
          async () => {
            const before = wakes;
            await a.append('log', 'other', MINUTE_MS);
            await expect.poll(() => wakes, { timeout: 1000 }).toBeGreaterThan(before);
            return true;
          },
          { timeout: 3000 },
        )
        .toBe(true);
    });

    it('is woken no more when it has stopped, and by no other log', async () => {
      const woken: string[] = [];
      const stop = b.watch('log', () => woken.push('stopped'));
      b.watch('other', () => woken.push('other'));
      b.watch('log', () => woken.push('log'));
      stop();
      stop();
      woken.splice(0);
      await b.append('log', 'one', MINUTE_MS);
      await expect.poll(() => woken).toContain('log');
      expect(woken).not.toContain('stopped');
    });
  });

  it('behaves as a map does, whatever is done in whatever order', async () => {
    onTestFailed(() => console.error(`TEST_SEED=${SEED}`));
    const key = fc.constantFrom('m:a', 'm:b', 'm:__proto__', 'n:a');
    const step = fc.record({
      do: fc.constantFrom('set', 'add', 'replace', 'take', 'get', 'expire'),
      key,
      value: fc.string({ maxLength: 5 }),
      first: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const model = new Map<string, string>();
        for (const each of ['m:a', 'm:b', 'm:__proto__', 'n:a']) await a.take(each);
        for (const { do: verb, key: name, value, first } of steps) {
          const store = first ? a : b;
          const has = model.has(name);
          if (verb === 'get') expect(await store.get(name)).toBe(model.get(name));
          else if (verb === 'take') expect(await store.take(name)).toBe(model.get(name));
          else if (verb === 'add') expect(await store.add(name, value, later())).toBe(!has);
          else if (verb === 'replace') expect(await store.replace(name, value, later())).toBe(has);
          else await store.set(name, value, later(verb === 'expire' ? 0 : MINUTE_MS));
          if (verb === 'take' || verb === 'expire') model.delete(name);
          else if (verb === 'set' || (verb === 'add' && !has) || (verb === 'replace' && has)) model.set(name, value);
        }
        expect(await collect(b, '')).toEqual(model);
      }),
      { numRuns: 20, seed: SEED },
    );
  });
}
