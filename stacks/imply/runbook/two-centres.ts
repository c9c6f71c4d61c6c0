import type { RunbookSection } from '../../../src/sdk/definition.ts';

/** The vendor's advice for disaster recovery, active-active or active-passive (docs.imply.io/latest/hybrid-dr). */
export const twoDataCentres: RunbookSection = {
  title: 'Two data centres',
  markdown: [
    'Two **independent** clusters, as the vendor describes: each with its own swarm, manager, store, ZooKeeper, ' +
      'deep storage and bundle directory. One cluster, one ZooKeeper or one swarm stretched over both loses its ' +
      'quorum with one of them.',
    '',
    '- Feed both from one source (each reads the same topic or files by itself), or replicate the input (a ' +
      'mirrored topic, a copied bucket) and let each read its own copy.',
    '- Both serve: active-active. Or one serves and the other is kept fed: active-passive. Send clients by DNS ' +
      'or a load balancer; nothing here fails over by itself.',
    '- What is made by hand is made twice: users, data cubes, ingestion specs, load rules.',
    '- `bundle init` a second directory with the other centre’s nodes and addresses; the secrets of the two are ' +
      'their own.',
  ].join('\n'),
};
