// Big bodies through one connection, as fast as the other side takes them.

import { connect } from 'node:net';
import { requestText } from './connection.ts';

const CHUNK = Buffer.alloc(64 * 1024, 'x');
const HEAD_END = '\r\n\r\n';

export interface Transfer {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: number;
}

/** Downloads a body of exactly so many bytes. @throws {Error} when another number arrives. */
export function download({ port, path, headers, bytes }: Transfer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let head = '';
    let received = 0;
    socket.write(requestText(`GET ${path}`, headers));
    socket.on('data', (chunk) => {
      if (head.includes(HEAD_END)) {
        received += chunk.length;
      } else {
        head += chunk.toString('latin1');
        received = head.includes(HEAD_END) ? head.length - head.indexOf(HEAD_END) - HEAD_END.length : 0;
      }
      if (received >= bytes) socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () =>
      settle(
        received === bytes && head.startsWith('HTTP/1.1 200 '),
        `${received} of ${bytes} bytes arrived: ${head.split('\r\n', 1)[0]}`,
        resolve,
        reject,
      ),
    );
  });
}

/** Uploads so many bytes. @throws {Error} when the upstream does not say that it received them all. */
export function upload({ port, path, headers, bytes }: Transfer): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    let left = bytes;
    const fill = (): void => {
      while (left > 0 && !socket.destroyed) {
        const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
        left -= chunk.length;
        if (!socket.write(chunk)) return;
      }
    };
    const whole = () => answer.endsWith(`${HEAD_END}${bytes}`);
    socket.write(requestText(`POST ${path}`, { ...headers, 'Content-Length': String(bytes) }));
    socket.on('drain', fill);
    fill();
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (whole()) socket.destroy();
    });
    socket.once('error', reject);
    socket.once('close', () => settle(whole(), `the upload was not taken: ${answer.slice(0, 200)}`, resolve, reject));
  });
}

function settle(good: boolean, complaint: string, resolve: () => void, reject: (error: Error) => void): void {
  if (good) resolve();
  else reject(new Error(complaint));
}
