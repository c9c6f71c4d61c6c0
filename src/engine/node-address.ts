import { isIP } from 'node:net';
import { isLoopback, isUnspecified } from '../image/own-address.ts';

/** `10.0.0.1:2377`, `[fd00::1]:2377` */
const RAFT = /^(?:\[(?<six>[^\]]*)\]|(?<four>[^:]*)):(?<port>\d+)$/;

/**
 * Where a node is dialled. The swarm tells two addresses of a manager: what others saw it come from, and that of its
 * raft. One that names a host outranks a loopback address, which each machine takes for itself.
 * @param seen `Status.Addr`
 * @param raft `ManagerStatus.Addr`, host and port; empty for a worker
 * @returns empty if neither names a host
 */
export function nodeAddress(seen: string, raft: string): string {
  const named = [seen, raftHost(raft)].filter((address) => address !== '' && !isUnspecified(address));
  return named.find((address) => !isLoopback(address)) ?? named[0] ?? '';
}

/**
 * Where a manager takes other nodes.
 * @param raft `ManagerStatus.Addr`
 * @param host stands in for a raft address that names no host
 * @returns undefined if no host is known
 */
export function raftAddress(raft: string, host: string): string | undefined {
  const said = raftHost(raft);
  if (said !== '' && !isUnspecified(said)) return raft;
  const port = RAFT.exec(raft)?.groups?.['port'];
  return port === undefined || host === '' ? undefined : `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function raftHost(raft: string): string {
  const { six, four } = RAFT.exec(raft)?.groups ?? {};
  return six ?? four ?? '';
}
