import { execFile } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readVersion } from '../process/program.ts';
import type { Load, LoadGenerator } from './load.ts';
import { parseWrk } from './parse-wrk.ts';

const SCRIPT = fileURLToPath(new URL('load.lua', import.meta.url));
/** So many that those which wait for their answers are few: wrk's connections ask one thing at a time. */
const THINKING_CONNECTIONS = 256;

/**
 * @param folder For the lists of cookies.
 * @param signal Ends a run at once.
 */
export function createWrk(program: string, folder: string, signal: AbortSignal): LoadGenerator {
  async function measure(load: Load, thinkMs: number) {
    const cookieFile = load.cookies === undefined ? undefined : join(folder, `cookies-${load.port}.txt`);
    if (cookieFile !== undefined) writeFileSync(cookieFile, `${load.cookies?.join('\n')}\n`);
    try {
      const { stdout } = await promisify(execFile)(program, buildArguments(load, thinkMs, cookieFile), { signal });
      return parseWrk(stdout);
    } finally {
      if (cookieFile !== undefined) rmSync(cookieFile, { force: true });
    }
  }

  return {
    name: `wrk ${readVersion(program, '--version')}`,
    run: (load) => measure(load, 0),
    runAtRate: (load, requestsPerSecond) =>
      measure({ ...load, connections: THINKING_CONNECTIONS }, Math.round((THINKING_CONNECTIONS * 1000) / requestsPerSecond)),
  };
}

function buildArguments({ port, path, headers, connections, seconds }: Load, thinkMs: number, cookieFile: string | undefined): string[] {
  // One thread: the machine's other core is the contender's.
  const common = ['--latency', '-t', '1', '-c', String(connections), '-d', `${seconds}s`];
  const url = `http://127.0.0.1:${port}${path}`;
  const pairs = Object.entries(headers);
  if (thinkMs === 0 && cookieFile === undefined) return [...common, ...pairs.flatMap(([name, value]) => ['-H', `${name}: ${value}`]), url];
  return [...common, '-s', SCRIPT, url, '--', String(thinkMs), cookieFile ?? '-', ...pairs.flat()];
}
