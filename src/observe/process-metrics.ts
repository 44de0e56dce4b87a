// Processor time, memory, event loop and garbage collection of the process, under the names that dashboards know. They are
// the process's and cannot be taken back, so there is one registry for all gates, made when it is first asked for.

let registry: Promise<{ metrics(): Promise<string> }> | undefined;

/** @returns text in Prometheus' format 0.0.4. */
export async function printProcessMetrics(): Promise<string> {
  registry ??= createProcessRegistry();
  return (await registry).metrics();
}

async function createProcessRegistry(): Promise<{ metrics(): Promise<string> }> {
  const { collectDefaultMetrics, Registry } = await import('prom-client');
  const register = new Registry();
  collectDefaultMetrics({ register });
  return register;
}
