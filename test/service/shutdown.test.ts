import net from 'node:net';
import { expect, it } from 'vitest';
import { TestGate } from '../support/start-gate.ts';

/** Far below the 20 s that requests in flight get. */
const SOON_MS = 3000;

it('stops at once although a browser holds connections that it has not used, or has used', async () => {
  const gate = new TestGate({});
  await gate.start();
  const [unused, used] = [net.connect(gate.port, '127.0.0.1'), net.connect(gate.port, '127.0.0.1')];
  const closed = [unused, used].map(
    (socket) => new Promise<void>((resolve) => socket.on('error', () => undefined).once('close', () => resolve())),
  );
  used.write(gate.text('GET /_gate/embed.js'));
  await new Promise((resolve) => used.once('data', resolve));
  const startedAt = performance.now();
  await gate.close();
  expect(performance.now() - startedAt).toBeLessThan(SOON_MS);
  await Promise.all(closed);
});
