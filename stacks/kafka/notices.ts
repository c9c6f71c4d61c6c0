import type { Notice } from '../../src/sdk/definition.ts';
import type { Broker } from './brokers.ts';

/** Risks of these answers. */
export function notices(brokers: readonly Broker[]): Notice[] {
  const one: Notice = {
    name: 'one-broker',
    level: 'info',
    text: 'one broker has no failover: topics are away while it restarts, and lost with its disk',
    hint: 'set brokers to 3 before the first deploy; it cannot be changed later',
  };
  return [...(brokers.length === 1 ? [one] : placement(brokers)), IMAGE];
}

const IMAGE: Notice = {
  name: 'image-user',
  level: 'info',
  text: 'the secrets are readable for the user 1000 alone, which is appuser of the official image',
};

/** A node whose loss would take the majority along, if several brokers share one. */
function placement(brokers: readonly Broker[]): Notice[] {
  const majority = Math.floor(brokers.length / 2) + 1;
  const on = (node: string): number => brokers.filter((broker) => broker.node === node).length;
  const fatal = [...new Set(brokers.map(({ node }) => node))].filter((node) => brokers.length - on(node) < majority);
  return fatal.map((node) => ({
    name: 'kafka-nodes',
    level: 'warning',
    text: `${on(node)} of ${brokers.length} brokers are on ${node}: with that node the cluster is down`,
    hint: 'name a node for each broker',
  }));
}
