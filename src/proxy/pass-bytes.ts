import type { Duplex } from 'node:stream';
import type { FrameBoundary } from './frame-boundary.ts';

/**
 * Passes bytes both ways as they come, as fast as the other end takes them, and an end as an end. Two `pipe`s would do the
 * same and keep three times the memory for each WebSocket, most of which say nothing for hours.
 * @param boundary Is told what the upstream sends.
 */
export function passBytes(client: Duplex, upstream: Duplex, boundary: FrameBoundary): void {
  client.on('data', (chunk: Buffer) => pass(chunk, client, upstream));
  upstream.on('data', (chunk: Buffer) => {
    boundary.push(chunk);
    pass(chunk, upstream, client);
  });
  endWith(client, upstream);
  endWith(upstream, client);
}

function pass(chunk: Buffer, from: Duplex, to: Duplex): void {
  // What comes after a Close frame of ours is nobody's.
  if (to.writable && !to.write(chunk)) from.pause();
}

function endWith(from: Duplex, to: Duplex): void {
  from.on('end', () => to.end());
  to.on('drain', () => from.resume());
  // Somebody who only looked for an end may have stopped it.
  from.resume();
}
