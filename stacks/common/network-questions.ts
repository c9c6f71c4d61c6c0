import type { Question } from '../../src/sdk/definition.ts';

/** On the overlay network: asked last, since its size depends on how many tasks there are. */
export const networkQuestions: Question[] = [
  {
    path: 'network.subnet',
    ask: 'text',
    optional: true,
    message: 'Subnet of the stack’s network',
    help:
      'For example 10.20.0.0/24, which no host and no other network uses. Left empty, swarm takes one from its ' +
      'own pool.',
  },
  {
    path: 'network.mtu',
    ask: 'number',
    optional: true,
    message: 'MTU between the nodes',
    help: 'Only if it is not 1500: a tunnel or VPN below, or jumbo frames.',
  },
  {
    path: 'network.encrypted',
    ask: 'confirm',
    message: 'Encrypt the traffic between the nodes (IPsec)?',
    help: 'Default no. It needs IP protocol 50 (ESP) between the nodes, and cannot be changed after the first deploy.',
  },
];
