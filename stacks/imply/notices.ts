import type { Notice } from '../../src/sdk/definition.ts';
import { otherImageNotices, pinnedNotice } from '../common/other-images.ts';
import { OFFICIAL_ZOOKEEPER, OTHER_ZOOKEEPERS } from '../zookeeper/images.ts';
import { placementNotices } from '../zookeeper/notices.ts';
import { deepStorageHasKey, storeEmbedded, zookeeperEmbedded, type ImplyAnswers } from './answers.ts';
import { zookeeperServers } from './members.ts';
import { agentNotices } from './notices/agents.ts';
import { clusterDefaultsNotices } from './notices/cluster-defaults.ts';
import { OFFICIAL_MYSQL, OTHER_MYSQLS } from './mysql-images.ts';
import { deepStorageNotices } from './notices/deep-storage.ts';

/** What is assumed of the images without proof, and what these answers risk. */
export function notices(answers: ImplyAnswers): Notice[] {
  const list: Notice[] = [];
  if (answers.secretDelivery === 'file') {
    list.push({
      name: 'secret-files',
      level: 'info',
      text:
        `${deepStorageHasKey(answers) ? 'the store password and the key of deep storage reach the manager as files' : 'the store password reaches the manager as a file'} ` +
        '(IMPLY_MANAGER_VAR_FILES_PATH): documented for the licence, inferred for passwords',
      hint:
        'should the manager not find one, `bundle init --set secretDelivery=wrapper` starts it through a script ' +
        'that exports them',
    });
  } else if (answers.secretDelivery === 'wrapper') {
    list.push({
      name: 'secret-wrapper',
      level: 'info',
      text:
        'the manager is started through a shell script that exports the store ' +
        `password${deepStorageHasKey(answers) ? ', the key of deep storage' : ''}${answers.license === 'file' ? ' and the licence' : ''}: ` +
        'that the image has /bin/sh, and reads these variables from its environment, is assumed',
      hint:
        'if its tasks end at once and their log or error names /bin/sh, set another `secretDelivery` in ' +
        'bundle.yaml, then `bundle render`',
    });
  } else {
    list.push({
      name: 'secret-env',
      level: 'warning',
      text:
        `secretDelivery is env: \`docker service inspect\` shows the ` +
        `licence${deepStorageHasKey(answers) ? ', the store password and the key of deep storage' : ' and the store password'} ` +
        'to anyone who may use it',
      hint: 'use `secretDelivery: file`, or `wrapper` if your image does not read files',
    });
  }
  for (const [key, image] of Object.entries(answers.images)) {
    if ((key === 'mysql' && !storeEmbedded(answers)) || (key === 'zookeeper' && !zookeeperEmbedded(answers))) continue;
    list.push(...pinnedNotice(`images.${key}`, image));
  }
  if (storeEmbedded(answers))
    list.push(...otherImageNotices('images.mysql', answers.images.mysql, OFFICIAL_MYSQL, OTHER_MYSQLS));
  if (zookeeperEmbedded(answers))
    list.push(...otherImageNotices('images.zookeeper', answers.images.zookeeper, OFFICIAL_ZOOKEEPER, OTHER_ZOOKEEPERS));
  if (!answers.tls.enabled)
    list.push({ name: 'no-tls', level: 'warning', text: 'TLS is off: passwords and data travel in clear' });
  if (!answers.authentication.enabled)
    list.push({
      name: 'no-authentication',
      level: 'warning',
      text: 'authentication is off: whoever reaches the manager’s port 9989 can register agents',
    });
  list.push(
    ...storeNotices(answers),
    ...placementNotices(zookeeperServers(answers)),
    ...agentNotices(answers),
    ...deepStorageNotices(answers),
    ...clusterDefaultsNotices(answers),
  );
  const ingress = answers.manager.portMode === 'ingress';
  if (ingress) {
    list.push({
      name: 'manager-ingress',
      level: 'info',
      text: 'the manager’s port is published by ingress: every node opens it, and the manager sees no client’s address',
      hint:
        'agents dial tasks.<hostname>, which its certificate names: that the image takes a name with a dot is ' +
        'inferred',
    });
  }
  list.push({
    name: 'first-visitor',
    level: 'info',
    text:
      `the first visitor of port ${answers.manager.port} on ` +
      `${ingress ? 'any node of the swarm' : 'the manager’s node'} becomes the super user`,
    hint: 'open it at once after the first deploy, or keep the port closed until then',
  });
  return list;
}

function storeNotices(answers: ImplyAnswers): Notice[] {
  if (storeEmbedded(answers)) {
    const { mysql } = answers.images;
    return [
      {
        name: 'store-certificate',
        level: 'info',
        text:
          'later managers verify the store’s certificate by default; the embedded MySQL makes a self-signed one ' +
          'at its first start, and whether yours takes it is not known',
        hint:
          'should the manager not connect, its log says so; an external store can have a certificate that ' +
          '`store.tls.ca` vouches for',
      },
      ...(/(^|\/)mariadb[:@]/.test(mysql)
        ? [
            {
              name: 'mariadb',
              level: 'warning',
              text: `images.mysql is ${mysql}: the vendor excludes MariaDB`,
              hint: 'use a MySQL image',
            } as const,
          ]
        : []),
    ];
  }
  return [
    ...(answers.store.type === 'postgresql'
      ? [
          {
            name: 'postgresql',
            level: 'info',
            text:
              'the vendor takes PostgreSQL with later releases only, and says not from which on; whether ' +
              `${answers.images.manager} does is not known`,
            hint: 'see your release’s notes; a manager that does not says so in its log',
          } as const,
        ]
      : []),
    ...(answers.store.tls.ca === 'file'
      ? [
          {
            name: 'store-ca',
            level: 'info',
            text:
              'the authority’s certificate reaches the manager as IMPLY_MANAGER_STORE_CA_CERT, as in the vendor’s ' +
              'chart; that a manager outside Kubernetes reads it is inferred',
          } as const,
        ]
      : []),
  ];
}
