import type { Notice } from '../definition.ts';
import { placementNotices } from '../zookeeper/notices.ts';
import { storeEmbedded, zookeeperEmbedded, type ImplyAnswers } from './answers.ts';
import { zookeeperServers } from './members.ts';

/** What is assumed of the images without proof, and what these answers risk. */
export function notices(answers: ImplyAnswers): Notice[] {
  const list: Notice[] = [];
  if (answers.secretDelivery === 'file') {
    list.push({
      name: 'secret-files',
      level: 'info',
      text: 'the store password reaches the manager as a file (IMPLY_MANAGER_VAR_FILES_PATH): documented for the licence, inferred for passwords',
      hint: 'should the manager not find it, set `secretDelivery: env` in bundle.yaml, then `bundle render`',
    });
  } else {
    list.push({
      name: 'secret-env',
      level: 'warning',
      text: 'secretDelivery is env: `docker service inspect` shows the licence and the store password to anyone who may use it',
      hint: 'use `secretDelivery: file` unless your image does not read files',
    });
  }
  for (const [key, image] of Object.entries(answers.images)) {
    if ((key === 'mysql' && !storeEmbedded(answers)) || (key === 'zookeeper' && !zookeeperEmbedded(answers))) continue;
    if (/:latest$/.test(image)) {
      list.push({ name: 'latest-tag', level: 'warning', text: `images.${key} is ${image}: what runs changes without a change of yours`, hint: 'pin a version' });
    }
  }
  if (!answers.tls.enabled) list.push({ name: 'no-tls', level: 'warning', text: 'TLS is off: passwords and data travel in clear' });
  if (!answers.authentication.enabled) list.push({ name: 'no-authentication', level: 'warning', text: 'authentication is off: whoever reaches the manager’s port 9989 can register agents' });
  list.push(...placementNotices(zookeeperServers(answers)));
  list.push({
    name: 'first-visitor',
    level: 'info',
    text: `the first visitor of port ${answers.manager.port} on the manager’s node becomes the super user`,
    hint: 'open it at once after the first deploy, or keep the port closed until then',
  });
  return list;
}
