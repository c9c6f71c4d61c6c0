/** The filters of swarm’s scheduler that filters.ts has, in their order. */
export const FILTERS = ['ready', 'resources', 'constraint', 'platform', 'host-port', 'max-replicas'] as const;
export type FilterName = (typeof FILTERS)[number];
