// Our gate and the programs beside it, compiled as the package ships: type stripping would add its own memory.

import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const PROGRAMS = [
  new URL('contenders/tutorial-program.ts', import.meta.url),
  new URL('contenders/auth-server-program.ts', import.meta.url),
].map((url) => fileURLToPath(url));
const SHARED = ['node_modules', 'public', 'config', 'package.json'];

export interface Built {
  /** The `framegate` command of the compiled package. */
  readonly command: string;
  /** Folder of the compiled programs. */
  readonly programs: string;
}

/** Builds a package in the folder. @throws {Error} with the compiler's words when nothing comes out. */
export function buildPackage(folder: string): Built {
  const home = join(folder, 'package');
  const programs = join(home, 'programs');
  const command = join(home, 'src/cli/framegate.js');
  mkdirSync(join(home, 'src/cli'), { recursive: true });
  for (const name of SHARED) if (existsSync(join(ROOT, name))) symlinkSync(join(ROOT, name), join(home, name));
  copyFileSync(join(ROOT, 'src/cli/framegate.js'), command);
  compile(['-p', join(ROOT, 'tsconfig.build.json'), '--outDir', join(home, 'dist')], join(home, 'dist/cli/main.js'));
  const options = [
    '--ignoreConfig',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--types',
    'node',
    '--skipLibCheck',
    '--outDir',
    programs,
  ];
  compile([...options, ...PROGRAMS], join(programs, 'tutorial-program.js'));
  return { command, programs };
}

function compile(args: readonly string[], expected: string): void {
  const { stdout, stderr } = spawnSync(process.execPath, [TSC, ...args], { cwd: ROOT, encoding: 'utf8' });
  // Code with a type error still comes out, and runs; the type check is another script's.
  if (!existsSync(expected)) throw new Error(`cannot build ${expected}:\n${stdout}${stderr}`);
}
