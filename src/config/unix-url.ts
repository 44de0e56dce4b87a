// `unix:/run/grafana.sock`: a Unix socket as an upstream. The scheme itself is the opt-in (SEC-B22.1); nothing else in a
// configuration or a request can lead to a socket.

/** Longest path of a socket on every platform, in bytes (sun_path: 104 on BSD and macOS, with its ending zero). */
const MAX_PATH_BYTES = 103;

/** Whoever reaches one of these is root; nothing that shows dashboards listens there. */
const CONTAINER_ENGINES = new Set(['docker.sock', 'podman.sock', 'containerd.sock', 'crio.sock', 'buildkitd.sock']);

export interface UnixUrlFault {
  readonly what: string;
  readonly wayOut: string;
}

export function isUnixUrl(text: string): boolean {
  return /^unix:/i.test(text);
}

/** The absolute path that a `unix:` URL names, or what is wrong with it. */
export function parseUnixUrl(text: string): string | UnixUrlFault {
  const path = text.slice('unix:'.length);
  const wayOut = 'Write for example unix:/run/grafana.sock';
  if (!path.startsWith('/')) return { what: 'is not the absolute path of a socket', wayOut };
  if (path.startsWith('//')) return { what: 'begins with two slashes; a socket has no host', wayOut };
  if (!/^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._@+~-]+)+$/.test(path))
    return { what: 'is a path that could be read in two ways', wayOut: 'Use letters, digits and "._@+~-" between single slashes' };
  if (path.length > MAX_PATH_BYTES)
    return { what: 'is too long for the path of a socket', wayOut: `Use at most ${MAX_PATH_BYTES} characters` };
  if (CONTAINER_ENGINES.has(path.slice(path.lastIndexOf('/') + 1)))
    return { what: 'is the socket of a container engine', wayOut: 'Write the socket of the dashboard server' };
  return path;
}
