import { describe, expect, it } from 'vitest';
import { joinedNetworks, networkName, ownNetworks } from '../../../src/compose/networks.ts';
import { renderStack } from '../../../src/compose/render.ts';
import { desiredSpecs } from '../../../src/plan/convert.ts';
import { service, stackDocument } from './documents.ts';

/** `aside` comes first by its key, and last by its name in the swarm. */
const document = stackDocument({
  services: {
    db: service({ networks: { aside: { aliases: ['reader'] }, internal: { aliases: [] } } }),
    web: service(),
  },
  networks: { aside: { joined: 'store_backend' }, internal: { driver: 'overlay' } },
});

describe('a network of another stack', () => {
  it('is told from the stack’s own, and has the name that it has in the swarm', () => {
    expect(ownNetworks(document)).toEqual({ internal: { driver: 'overlay' } });
    expect(joinedNetworks(document)).toEqual({ aside: 'store_backend' });
    expect(['aside', 'internal', 'unknown'].map((key) => networkName('prod', document, key))).toEqual([
      'store_backend',
      'prod_internal',
      'prod_unknown',
    ]);
  });

  it('stands in the file as external, by its name', () => {
    expect(renderStack({ document, heading: [], comments: {} })).toMatch(
      /^networks:\n\s+aside:\n\s+external: true\n\s+name: store_backend\n\n?\s+internal:\n\s+driver: overlay\n/m,
    );
  });

  it('is joined by its name, in the order of names, under the aliases and the key of the service', () => {
    const { db, web } = desiredSpecs('prod', document);
    expect(db?.spec.TaskTemplate?.Networks).toEqual([
      { Target: 'prod_internal', Aliases: ['db'] },
      { Target: 'store_backend', Aliases: ['reader', 'db'] },
    ]);
    expect(web?.spec.TaskTemplate?.Networks).toEqual([{ Target: 'prod_internal', Aliases: ['web'] }]);
  });
});
