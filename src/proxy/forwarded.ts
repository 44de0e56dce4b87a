// Who the client is. The one place that believes X-Forwarded-For, and only from proxies that the operator named.

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';

export type ClientAddress = (req: IncomingMessage) => string;

/**
 * @param trustedProxies Addresses and CIDRs, checked by config (never everybody: SEC-H6). Empty: nobody is believed,
 *   and the address is the socket's (SEC-H8).
 * @param onUntrusted Called once, with the first peer that sent X-Forwarded-For and is not believed.
 */
export function createClientAddress(trustedProxies: readonly string[], onUntrusted?: (peer: string) => void): ClientAddress {
  const trusted = new BlockList();
  for (const entry of trustedProxies) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) trusted.addAddress(address, family);
    else trusted.addSubnet(address, Number(prefix), family);
  }
  const isTrusted = (address: string): boolean => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  // A connection's own address does not change, and is asked for by every request on it.
  const peers = new WeakMap<Socket, string>();
  function peerAddress(socket: Socket): string {
    const known = peers.get(socket);
    if (known !== undefined) return known;
    const address = plainAddress(socket.remoteAddress ?? '') ?? '0.0.0.0';
    peers.set(socket, address);
    return address;
  }

  let tell = onUntrusted;
  function noteUntrusted(peer: string): void {
    if (isTrusted(peer)) return;
    tell?.(peer);
    tell = undefined;
  }

  return function clientAddress(req) {
    let address = peerAddress(req.socket);
    if (tell !== undefined && req.headers['x-forwarded-for'] !== undefined) noteUntrusted(address);
    if (trustedProxies.length === 0) return address;
    const hops = String(req.headers['x-forwarded-for'] ?? '')
      .split(',')
      .reverse();
    for (const hop of hops) {
      if (!isTrusted(address)) return address;
      const next = plainAddress(hop.trim());
      if (next === undefined) return address;
      address = next;
    }
    return address;
  };
}

/** `::ffff:10.0.0.1` is `10.0.0.1` (SEC-H9); undefined for what is no address, a zone id included. */
function plainAddress(text: string): string | undefined {
  const bare = text.toLowerCase().startsWith('::ffff:') && text.includes('.') ? text.slice(7) : text;
  return isIP(bare) !== 0 && !bare.includes('%') ? bare : undefined;
}
