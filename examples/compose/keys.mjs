// Runs once, before the others: a key pair for tickets (the private half for the host application only) and a secret
// for session cookies (for framegate only). What is there already stays.

import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { chownSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [directory = '/run/keys'] = process.argv.slice(2);
const privateFile = join(directory, 'host', 'ticket-key.json');
const publicFile = join(directory, 'gate', 'ticket-keys.json');
const secretFile = join(directory, 'gate', 'session-secret');

/** The user of the image. */
const OWNER = 65532;

function write(file, text) {
  writeFileSync(file, `${text}\n`, { flag: 'wx', mode: 0o400 });
  if (process.getuid() === 0) chownSync(file, OWNER, OWNER);
  console.log(`made ${file}`);
}

if (!existsSync(privateFile)) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwk = publicKey.export({ format: 'jwk' });
  const names = { alg: 'EdDSA', kid: createHash('sha256').update(jwk.x).digest('base64url').slice(0, 16) };
  write(publicFile, JSON.stringify({ keys: [{ ...names, use: 'sig', ...jwk }] }));
  write(privateFile, JSON.stringify({ ...names, ...privateKey.export({ format: 'jwk' }) }));
}
if (!existsSync(secretFile)) write(secretFile, randomBytes(32).toString('base64url'));
