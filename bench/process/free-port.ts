import { type AddressInfo, createServer } from 'node:net';

/** A port of 127.0.0.1 that nobody has. Taken one after the other: contenders cannot all be told to listen on 0. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
