import type { StillUsed } from '../../src/sdk/definition.ts';
import { isServer } from '../zookeeper/servers.ts';
import { storeEmbedded, type ImplyAnswers } from './answers.ts';
import { STORE_VARIABLES } from './externals.ts';
import { MANAGER } from './members.ts';
import { DEEP_STORAGE } from './services.ts';

/** Where the settings of a cluster that exists are changed; that these are among them is inferred (README.md). */
const SETTINGS = 'in the settings of each cluster, in the manager’s UI';

/**
 * A cluster keeps the deep storage, the ZooKeeper and the store that it was made with: `imply_defaults_*` are of new
 * clusters, unless `clusterDefaults.update` has them given to those that exist [H2102..H2303].
 */
export function stillUsed(answers: ImplyAnswers): StillUsed[] {
  const {
    deepStorage,
    clusterDefaults: { update },
  } = answers;
  const keep =
    update === 'disabled'
      ? 'clusters that exist keep it, since bundle.yaml has the defaults of new ones alone'
      : 'clusters that exist use it until they have taken over the new defaults';
  return [
    {
      at: { mount: DEEP_STORAGE },
      ...(deepStorage.type === 'local'
        ? {
            why: 'it holds all segments',
            hint: 'suspend all ingestion and copy its content into the new one, as it is',
          }
        : {
            why: `it holds all segments, and ${keep}: what they write would be gone with the agents’ containers`,
            hint:
              'suspend all ingestion, copy the segments, have the store list them at their new place (Druid’s ' +
              `documentation, “Deep storage migration”) and enter that ${SETTINGS}`,
          }),
    },
    {
      at: { isOne: isServer, what: 'ZooKeeper' },
      why: keep,
      hint: `enter the new servers ${SETTINGS}, and have them restart`,
    },
    {
      at: { service: MANAGER, variables: STORE_VARIABLES, what: 'the manager’s database' },
      why:
        'nothing moves there: unless it is the same database, the manager knows no user and no cluster, and the first ' +
        'visitor becomes its super user; clusters that exist keep their databases in the old store, which goes if it ' +
        'is this stack’s MySQL',
      hint: storeEmbedded(answers)
        ? 'close the manager’s port to all but yourself, and bring a dump of the old store in after that deployment ' +
          '(in this order: README.md of this bundle, “Back up”)'
        : `if it is the same database under another name or port, enter that ${SETTINGS}, since a dump would destroy ` +
          'what is in it; only if not, bring a dump there (README.md of this bundle, “Back up”)',
    },
  ];
}
