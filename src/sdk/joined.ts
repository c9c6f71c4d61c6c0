import type { ServerAddress } from './external.ts';

/**
 * Servers in another stack of this swarm that the stack's tasks use, over the overlay network of that other stack. Only
 * the services that dial them are on it.
 */
export interface JoinedStack {
  /** Key in the document of the network, whose `joined` is the swarm's name. */
  network: string;
  /** The other stack's name. */
  stack: string;
  /** For sentences: store. */
  what: string;
  /** Whose tasks connect to it, for sentences: `every agent`. */
  clients: string;
  /** By the names that they have on that network. */
  servers: readonly ServerAddress[];
  /** The answer that names the other stack, as bundle.yaml has it: `store.stack`. */
  answer: string;
}
