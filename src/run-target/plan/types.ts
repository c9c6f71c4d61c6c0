import type { ComposeService, StackDocument } from '../../compose/types.ts';
import type { ListenPorts, Placement } from '../../sdk/definition.ts';

/** How the containers of a host are attached to the network. */
export type RunNetwork = 'bridge' | 'host';

export interface RunInput {
  stack: string;
  document: StackDocument;
  placements: readonly Placement[];
  listens: Readonly<Record<string, readonly ListenPorts[]>>;
  network: RunNetwork;
  /** IP address of each host, as the others reach it. */
  addresses: Readonly<Record<string, string>>;
}

/** A service and the host that its placement pins it to. */
export interface Placed {
  name: string;
  host: string;
  service: ComposeService;
}

/** A TCP or UDP port, or a range, opened on a container's host. */
export interface OpenPorts {
  from: number;
  to: number;
  /** In the container, if it is another. */
  target: number;
  protocol: 'tcp' | 'udp';
}

/** A file that goes into a host's folder with the content of a secret. */
export interface SecretFile {
  /** Below the folder. */
  path: string;
  /** The swarm's versioned name of the secret. */
  name: string;
  mode: number;
}

/** Everything that one host gets. */
export interface HostFolder {
  host: string;
  files: { path: string; content: string; mode: number }[];
  secrets: SecretFile[];
}
