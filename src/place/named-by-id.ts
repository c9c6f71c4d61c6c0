/*
 * An answer names a node by its id if its host name is that of several. Nobody can dial an id.
 */
import { dockerCommand, type Named } from '../paste-commands.ts';
import type { Placement } from '../sdk/definition.ts';

/** 25 digits and small letters (moby/swarmkit: identity/randomid.go). */
const NODE_ID = /^(?=[a-z]*\d)[a-z0-9]{25}$/;

/** The nodes that answers name by id, as far as that can be told without a swarm. */
export const namedById = (placements: readonly Pick<Placement, 'nodes'>[]): string[] => [
  ...new Set(placements.flatMap(({ nodes }) => nodes).filter((name) => NODE_ID.test(name))),
];

/** The command that tells a node's address. @param engine how the user named it */
export const addressCommand = (engine: Omit<Named, 'dir'>, id: string): string =>
  dockerCommand(engine, 'node', 'inspect', '--format', "'{{.Status.Addr}}'", id);
