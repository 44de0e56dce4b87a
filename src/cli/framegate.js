#!/usr/bin/env node
// Starts the command line on whatever Node is there: in a checkout from the TypeScript sources, in the published
// package from dist. An older Node (20 or newer) hands over to the one that `npm ci` put beside the checkout.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const MIN_MAJOR = 24;
const MIN_MINOR = 14;

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const args = process.argv.slice(2);
const localNode = pathOf('../../node_modules/node/bin/node');

if (isNewEnough(process.versions.node)) {
  const inCheckout = existsSync(pathOf('./main.ts'));
  const { main } = await import(inCheckout ? './main.ts' : '../../dist/cli/main.js');
  process.exitCode = await main(args);
} else if (existsSync(localNode) && isNewEnough(readLocalVersion())) {
  handOver();
} else {
  process.stderr.write(
    `framegate: needs Node ${MIN_MAJOR}.${MIN_MINOR} or newer; this is ${process.versions.node}. Install it from https://nodejs.org\n`,
  );
  process.exitCode = 1;
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > MIN_MAJOR || (major === MIN_MAJOR && minor >= MIN_MINOR);
}

function readLocalVersion() {
  return JSON.parse(readFileSync(pathOf('../../node_modules/node/package.json'), 'utf8')).version;
}

function handOver() {
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'];
  // The child decides what a signal means; this process only lasts as long as it does. Before the start, as a signal
  // in between would end this process and leave the child behind.
  const forward = (signal) => child.kill(signal);
  for (const signal of signals) process.on(signal, forward);
  const child = spawn(localNode, [...process.execArgv, fileURLToPath(import.meta.url), ...args], { stdio: 'inherit' });
  child.on('error', (error) => {
    process.stderr.write(
      `framegate: cannot start ${localNode} (${error.code}). Run npm ci again, or use Node ${MIN_MAJOR}.${MIN_MINOR} or newer\n`,
    );
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) {
      process.exit(code ?? 1);
    } else {
      for (const name of signals) process.off(name, forward);
      process.kill(process.pid, signal);
    }
  });
}
