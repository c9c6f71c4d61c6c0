/*
 * Every port of manager and agents. Numbers: imply's pages and chart, as far as they name them; under TLS a Druid port
 * is the plain one + 200, and manager and Pivot keep theirs [DSEC]. 9989 is in the vendor's scripts and chart, not in
 * its published list.
 */

export interface ServerPort {
  plain: number;
  tls: number;
  /** Last of a range that begins at `plain` and `tls`. */
  last?: number;
  server: 'manager' | 'every agent' | 'master agents' | 'query agents' | 'data agents';
  clients: string;
  purpose: string;
  /** What is not known of it. */
  doubt?: string;
}

const same = (port: number): Pick<ServerPort, 'plain' | 'tls'> => ({ plain: port, tls: port });
const druid = (port: number): Pick<ServerPort, 'plain' | 'tls'> => ({ plain: port, tls: port + 200 });

const MANAGER_AND_AGENTS = 'manager, agents';

export const PORTS = {
  ui: { ...same(9097), server: 'manager', clients: 'browsers', purpose: 'manager’s UI and `/health`' },
  backEnd: {
    ...same(9989),
    server: 'manager',
    clients: 'agents',
    purpose: 'manager’s back end: configuration, certificates, cluster state',
  },
  groveInternal: {
    ...same(9998),
    server: 'manager',
    clients: 'agents',
    purpose: 'manager’s coordination (`grove-internal`)',
    doubt: 'whether TLS is on there is unknown',
  },
  groveHttp: {
    ...same(9999),
    server: 'manager',
    clients: 'agents',
    purpose: 'manager’s files (`grove-http`)',
    doubt: 'HTTPS under TLS is inferred',
  },
  agentApi: {
    ...same(9997),
    server: 'every agent',
    clients: 'manager',
    purpose: 'agent API',
    doubt: 'plain under TLS too, inferred',
  },
  logViewer: {
    ...same(9994),
    server: 'every agent',
    clients: 'manager',
    purpose: 'agent’s log viewer',
    doubt: 'whether TLS is on there is unknown',
  },
  coordinator: { ...druid(8081), server: 'master agents', clients: MANAGER_AND_AGENTS, purpose: 'Coordinator' },
  overlord: { ...druid(8090), server: 'master agents', clients: MANAGER_AND_AGENTS, purpose: 'Overlord' },
  broker: { ...druid(8082), server: 'query agents', clients: MANAGER_AND_AGENTS, purpose: 'Broker' },
  router: {
    ...druid(8888),
    server: 'query agents',
    clients: 'users, manager, agents',
    purpose: 'Router: the query API',
  },
  pivot: { ...same(9095), server: 'query agents', clients: 'browsers', purpose: 'Pivot' },
  historical: { ...druid(8083), server: 'data agents', clients: MANAGER_AND_AGENTS, purpose: 'Historical' },
  middleManager: { ...druid(8091), server: 'data agents', clients: MANAGER_AND_AGENTS, purpose: 'MiddleManager' },
  tasks: {
    ...same(8100),
    last: 8199,
    server: 'data agents',
    clients: MANAGER_AND_AGENTS,
    purpose: 'ingestion tasks',
    doubt: 'the same range under TLS, inferred',
  },
} as const satisfies Record<string, ServerPort>;

/** The number of a port, with and without TLS. */
export const portOf = (name: keyof typeof PORTS, tls: boolean): number => PORTS[name][tls ? 'tls' : 'plain'];
