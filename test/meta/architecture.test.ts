// The arrows between the rooms: who may know of whom. Each row of LEVELS knows the rows above it and nothing else;
// rooms of one row do not know each other.

import { describe, expect, it } from 'vitest';
import { type Import, listSources, readImports, readText } from './files.ts';

const LEVELS: readonly (readonly string[])[] = [
  ['kernel'],
  ['policy'],
  ['presets'],
  ['config'],
  ['state', 'sign-in', 'session', 'embed', 'proxy', 'cache', 'observe'],
  ['http', 'admin'],
  ['road'],
  ['compose'],
  ['gate'],
  ['service'],
  ['index', 'cli'],
];

const sources = listSources();
const imports = sources.flatMap(readImports);
const own = imports.filter(({ to }) => to.startsWith('src/'));

/** `src/http/pages/card-page.ts` is in `http`, `src/gate.ts` in `gate`. */
const roomOf = (path: string): string => (path.split('/')[1] ?? '').replace(/\.ts$/, '');
const levelOf = (room: string): number => LEVELS.findIndex((rooms) => rooms.includes(room));
const show = ({ from, to }: Import): string => `${from} -> ${to}`;

describe('the rooms', () => {
  it('are all known here', () => {
    expect([...new Set(sources.map(roomOf))].filter((room) => levelOf(room) === -1)).toEqual([]);
  });

  it('are read as they are: every import of ours leads to a file', () => {
    expect(own.length).toBeGreaterThan(300);
    expect(own.filter(({ to }) => !sources.includes(to)).map(show)).toEqual([]);
  });

  it('know only the rooms below them, and none beside them', () => {
    const wrong = own.filter(({ from, to }) => roomOf(from) !== roomOf(to) && levelOf(roomOf(from)) <= levelOf(roomOf(to)));
    expect(wrong.map(show)).toEqual([]);
  });

  it('lead nowhere outside src', () => {
    expect(imports.filter(({ to }) => /^(?:test|examples|public|docs|bench|node_modules|\.\.)\//.test(to)).map(show)).toEqual([]);
  });
});

describe('the policy knows no HTTP', () => {
  it('kernel and policy import no express, no node:http and no log', () => {
    const wrong = imports.filter(
      ({ from, to }) =>
        ['kernel', 'policy'].includes(roomOf(from)) && /^(?:express|(?:node:)?https?|(?:node:)?net|pino)|^src\/observe/.test(to),
    );
    expect(wrong.map(show)).toEqual([]);
  });

  it('policy and presets read no clock, no random numbers and no files', () => {
    const wrong = sources.filter(
      (path) =>
        ['policy', 'presets'].includes(roomOf(path)) &&
        /Date\.now|new Date|Math\.random|randomBytes|node:fs|\bawait\b|\basync\b/.test(readText(path)),
    );
    expect(wrong).toEqual([]);
  });
});

describe('what has one place', () => {
  it.each(['http-proxy', 'undici'])('the engine: only proxy/engines imports %s', (engine) => {
    const places = imports.filter(({ to }) => to === engine).map(({ from }) => from);
    expect(places.length).toBeGreaterThan(0);
    expect(places.filter((path) => !path.startsWith('src/proxy/engines/'))).toEqual([]);
  });

  it('the environment: only config reads it', () => {
    const places = sources.filter((path) =>
      /process\s*(?:\.|\[\s*['"])\s*env\b|\benv\b[^;]*\}\s*=\s*process\b|from ['"]node:process['"]/.test(readText(path)),
    );
    expect(places.length).toBeGreaterThan(0);
    expect(places.filter((path) => !path.startsWith('src/config/'))).toEqual([]);
  });

  it('the clock: outside kernel/clock.ts and the log nobody asks the system for the time', () => {
    const places = sources.filter((path) => /Date\.now\(|new Date\(\)/.test(readText(path)));
    expect(places.filter((path) => !['src/kernel/clock.ts', 'src/observe/log.ts'].includes(path) && roomOf(path) !== 'cli')).toEqual([]);
  });
});

describe('imports', () => {
  it('form no cycle', () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of own) next.set(from, [...(next.get(from) ?? []), to]);
    const done = new Set<string>();
    const cycles: string[] = [];
    function visit(path: string, trail: readonly string[]): void {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      if (done.has(path) || trail.includes(path)) return;
      for (const target of next.get(path) ?? []) visit(target, [...trail, path]);
      done.add(path);
    }
    for (const path of sources) visit(path, []);
    expect(cycles).toEqual([]);
  });

  it('name the file with its ending, as type stripping needs it', () => {
    expect(own.filter(({ to }) => !to.endsWith('.ts')).map(show)).toEqual([]);
  });
});
