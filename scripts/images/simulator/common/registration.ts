/** What an agent and the manager tell each other. The form is the simulator's own. */

export interface Registration {
  name: string;
  cluster: string;
  nodeType: string;
  tier: string;
  /** Where the agent says that it can be reached. */
  address: string;
  port: number;
  /** Kept on the agent's volume: another id means another, or an emptied, volume. */
  id: string;
  /** How often an agent has started on this volume. */
  starts: number;
  /** What the agent found out about its surroundings; `ok` or why not. */
  checks: Readonly<Record<string, string>>;
}

export interface Welcome {
  cluster: { id: string; state: string } | undefined;
  heartbeatMs: number;
  store: { host: string; port: number };
  zookeeper: readonly { host: string; port: number }[];
}

/** A registration as it came in. @throws Error for anything else. */
export function parseRegistration(body: unknown): Registration {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (key: string): string => {
    const value = given[key];
    if (typeof value !== 'string' || value.length > 255) throw new Error(`registration: '${key}' is no short text`);
    return value;
  };
  const number = (key: string): number => {
    const value = given[key];
    if (typeof value !== 'number') throw new Error(`registration: '${key}' is no number`);
    return value;
  };
  if (text('name') === '' || text('address') === '') throw new Error('registration: name and address are needed');
  return {
    name: text('name'),
    cluster: text('cluster'),
    nodeType: text('nodeType'),
    tier: text('tier'),
    address: text('address'),
    port: number('port'),
    id: text('id'),
    starts: number('starts'),
    checks: (given['checks'] ?? {}) as Record<string, string>,
  };
}
