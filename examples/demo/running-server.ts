import type { Server } from 'node:http';

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Resolves when the server listens; rejects with the system's error (EADDRINUSE: the port is taken). */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
