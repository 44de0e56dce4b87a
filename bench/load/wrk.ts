import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readVersion } from '../process/program.ts';
import type { Load, LoadGenerator } from './load.ts';
import { parseWrk } from './parse-wrk.ts';

const ROTATE = fileURLToPath(new URL('rotate-cookies.lua', import.meta.url));

/**
 * @param folder For the lists of cookies.
 * @param signal Ends a run at once.
 */
export function createWrk(program: string, folder: string, signal: AbortSignal): LoadGenerator {
  async function run(load: Load) {
    const cookieFile = join(folder, `cookies-${load.port}.txt`);
    if (load.cookies !== undefined) writeFileSync(cookieFile, `${load.cookies.join('\n')}\n`);
    try {
      const { stdout } = await promisify(execFile)(program, buildArguments(load, cookieFile), { signal });
      return parseWrk(stdout);
    } finally {
      rmSync(cookieFile, { force: true });
    }
  }

  return { name: `wrk ${readVersion(program, '--version')}`, run };
}

function buildArguments(load: Load, cookieFile: string): string[] {
  // One thread: the machine's other core is the contender's.
  const common = ['--latency', '-t', '1', '-c', String(load.connections), '-d', `${load.seconds}s`];
  const url = `http://127.0.0.1:${load.port}${load.path}`;
  const headers = Object.entries(load.headers);
  if (load.cookies === undefined) return [...common, ...headers.flatMap(([name, value]) => ['-H', `${name}: ${value}`]), url];
  return [...common, '-s', ROTATE, url, '--', cookieFile, ...headers.flat()];
}
