import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { requestText } from './connection.ts';

/** Opens a WebSocket that says nothing and reads whatever comes. @throws {Error} for any answer but 101. */
export function openWebSocket(port: number, path: string, headers: Readonly<Record<string, string>>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const handshake = {
      ...headers,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    };
    socket.once('error', reject);
    socket.once('connect', () => socket.write(requestText(`GET ${path}`, handshake)));
    socket.once('data', (chunk) => {
      const line = chunk.toString('latin1').split('\r\n', 1)[0] ?? '';
      if (line.startsWith('HTTP/1.1 101 ')) {
        socket.removeListener('error', reject);
        socket.on('error', () => socket.destroy());
        socket.resume();
        resolve(socket);
      } else {
        socket.destroy();
        reject(new Error(`a WebSocket is refused: ${line}`));
      }
    });
  });
}
