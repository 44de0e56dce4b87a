// Ports: four in a row, or free ones for tests.

import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

export interface DemoPorts {
  readonly gate: number;
  readonly hostApp: number;
  readonly admin: number;
  readonly dashboard: number;
}

/** 8000 gate, 8001 host application, 8002 admin, 8003 dashboard server. */
export const DEFAULT_FIRST_PORT = 8000;

export function listPorts(first: number): DemoPorts {
  return { gate: first, hostApp: first + 1, admin: first + 2, dashboard: first + 3 };
}

export class PortsTakenError extends Error {
  override name = 'PortsTakenError';
  readonly ports: readonly number[];

  constructor(ports: readonly number[]) {
    super(`port ${ports.join(', ')} is taken`);
    this.ports = ports;
  }
}

/**
 * Replaces each 0 by a free port, which addresses must name before anything listens.
 * @throws {PortsTakenError} with all the ports that another program uses.
 */
export async function claimPorts(wished: DemoPorts): Promise<DemoPorts> {
  // All are held at once, so that no port is given out twice.
  const names = Object.keys(wished) as (keyof DemoPorts)[];
  const probes = await Promise.all(names.map((name) => probePort(wished[name], '127.0.0.1')));
  // A program on ::1 alone would be what the browser finds under "localhost".
  const onIpv6 = await Promise.all(probes.map((probe) => (probe === undefined ? undefined : probePort(probe.port, '::1'))));
  await Promise.all([...probes, ...onIpv6].map((probe) => probe?.release()));
  const taken = names.filter((_, index) => probes[index] === undefined || onIpv6[index] === undefined).map((name) => wished[name]);
  if (taken.length > 0) throw new PortsTakenError(taken);
  const ports = probes.map((probe) => probe?.port ?? 0);
  const [gate = 0, hostApp = 0, admin = 0, dashboard = 0] = ports;
  return { gate, hostApp, admin, dashboard };
}

interface Probe {
  readonly port: number;
  release(): Promise<void>;
}

/** Listens for a moment. @returns undefined when another program does so already. */
function probePort(port: number, host: string): Promise<Probe | undefined> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      // This machine has no such address (IPv6 is off), so nobody can be found there.
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve({ port, release: async () => undefined });
      else reject(error);
    });
    server.listen(port, host, () => {
      const release = () => new Promise<void>((done) => void server.close(() => done()));
      resolve({ port: (server.address() as AddressInfo).port, release });
    });
  });
}
