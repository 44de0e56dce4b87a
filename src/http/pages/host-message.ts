// What a page in the frame tells the page around it. frame.js posts it to each listed host by name, never to `*`.

export interface HostMessage {
  readonly type: 'framegate:signed-out' | 'framegate:denied' | 'framegate:error' | 'framegate:session';
  readonly version: 1;
  readonly [field: string]: string | number | boolean | null;
}

/** Settings for frame.js. */
export function buildHostMessage(hosts: readonly string[], message: HostMessage): Record<string, string> {
  return { hosts: JSON.stringify(hosts), message: JSON.stringify(message) };
}
