import type { SecretPart } from './expectation.ts';

/** Servers outside the swarm that the stack's tasks use. */
export type External = ExternalDatabase | ExternalZookeeper | ExternalServer;

interface Outside {
  /** For sentences: store. */
  what: string;
  /** Whose tasks connect to it, for sentences: `the manager and every agent`. */
  clients: string;
}

/** A database server that the stack logs in to. */
export interface ExternalDatabase extends Outside {
  kind: 'mysql' | 'postgresql';
  host: string;
  port: number;
  user: string;
  password: SecretPart;
  /** PEM certificates, one of which its own must chain to; undefined where the stack is told of none. */
  authority?: SecretPart;
  /** The one that the stack is told to use; it makes it itself where the user may. */
  database: string;
  /** Others that it makes later, by names that nobody knows yet: `one for each cluster`. */
  furtherDatabases: string;
  /** Oldest version that will do; undefined where none is named. */
  oldest?: string;
  /** Products of the same protocol that the software's vendor excludes, as they call themselves: MariaDB. */
  excluded: string[];
  /** Of the database, and of databases made without naming one. */
  characterSet: string;
}

/** The servers of one ZooKeeper ensemble. */
export interface ExternalZookeeper extends Outside {
  kind: 'zookeeper';
  servers: { host: string; port: number }[];
  /** First and last line of versions that are known to do: 3.5, 3.8. */
  versions: { first: string; last: string };
}

/** A server that takes connections. */
export interface ExternalServer extends Outside {
  kind: 'tcp';
  host: string;
  port: number;
}
