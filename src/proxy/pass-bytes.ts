import type { Duplex } from 'node:stream';

/**
 * Passes bytes both ways as they come, as fast as the other end takes them, and an end as an end. Two `pipe`s would do the
 * same and keep three times the memory for each WebSocket, most of which say nothing for hours.
 */
export function passBytes(one: Duplex, other: Duplex): void {
  passOneWay(one, other);
  passOneWay(other, one);
}

function passOneWay(from: Duplex, to: Duplex): void {
  from.on('data', (chunk: Buffer) => {
    // What comes after a Close frame of ours is nobody's.
    if (to.writable && !to.write(chunk)) from.pause();
  });
  from.on('end', () => to.end());
  to.on('drain', () => from.resume());
  // Somebody who only looked for an end may have stopped it.
  from.resume();
}
