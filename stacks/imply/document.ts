import type { CommentedDocument, Comments, ComposeService, StackDocument } from '../../src/sdk/compose.ts';
import { overlay } from '../common/network.ts';
import { serverService } from '../zookeeper/servers.ts';
import { storeEmbedded, type ImplyAnswers } from './answers.ts';
import { MANAGER, MYSQL, members, zookeeperServers } from './members.ts';
import { secretNeeds } from './secrets.ts';
import { NETWORK, agentService, managerService, mysqlService } from './services.ts';

/** The stack document of an Imply cluster. */
export function document(
  stack: string,
  answers: ImplyAnswers,
  secretName: (secret: string, part: string) => string,
  startOf: (image: string) => string[],
): CommentedDocument {
  const services: Record<string, ComposeService> = {};
  const comments: Comments = {
    [`networks.${NETWORK}`]:
      'manager, agents, store and ZooKeeper share it: service names resolve only on an overlay of their own',
  };
  if (storeEmbedded(answers)) {
    services[MYSQL] = mysqlService(stack, answers);
    comments[`services.${MYSQL}`] = 'metadata store, reached by the manager and every agent';
  }
  const servers = zookeeperServers(answers);
  for (const server of servers) {
    services[server.name] = serverService(server, servers, {
      stack,
      network: NETWORK,
      image: answers.images.zookeeper,
    });
    comments[`services.${server.name}`] =
      servers.length === 1
        ? 'one server; its health check says that it lives, not that it has a quorum'
        : 'its health check says that it lives, not that it is part of the quorum';
  }
  services[MANAGER] = managerService(stack, answers, startOf);
  comments[`services.${MANAGER}`] = 'exactly one; no health check, since no client is known to be in the image';
  if (answers.tls.enabled)
    comments[`services.${MANAGER}.environment.IMPLY_MANAGER_HOSTNAMES`] =
      'what agents dial (their IMPLY_MANAGER_HOST): the names in its certificate';
  if (answers.secretDelivery === 'file') {
    comments[`services.${MANAGER}.environment.IMPLY_MANAGER_VAR_FILES_PATH`] =
      'each file there is a variable; shown for the licence, inferred for the passwords';
  }
  if (answers.secretDelivery === 'wrapper') {
    comments[`services.${MANAGER}.entrypoint`] = 'exports what the secrets hold, then runs the command below';
    comments[`services.${MANAGER}.command`] = 'what the image runs by itself, from bundle.lock.json';
  }
  for (const [variable, value] of Object.entries(services[MANAGER].environment ?? {})) {
    if (variable.endsWith('CustomDruidProperties') && typeof value === 'string' && value.includes('\\n'))
      comments[`services.${MANAGER}.environment.${variable}`] =
        'one property after the other, a backslash and an n between them';
  }
  if (answers.manager.portMode === 'ingress') {
    comments[`services.${MANAGER}.ports`] =
      'on every node; an ingress port needs a virtual IP, which drops connections idle for 900 s: agents dial ' +
      'the task itself';
  }
  for (const member of members(answers)) {
    services[member.service] = agentService(stack, answers, member);
    if (answers.tls.enabled) comments[`services.${member.service}`] = 'has the CA’s certificate, never its key';
    comments[`services.${member.service}.environment.druid_common_runtime_druid_host`] =
      'the address it announces: its own name';
  }

  const document: StackDocument = {
    services,
    networks: { [NETWORK]: overlay(answers.network) },
    volumes: usedVolumes(services),
    secrets: usedSecrets(services, stack, answers, secretName),
  };
  const heading = ['Imply on Docker Swarm.'];
  return { document, heading, comments };
}

/** The services of the document, for a page that says what they have: nothing of it depends on secrets or images. */
export const servicesOf = (stack: string, answers: ImplyAnswers): StackDocument['services'] =>
  document(
    stack,
    answers,
    (secret) => secret,
    () => [],
  ).document.services;

function usedVolumes(services: Record<string, ComposeService>): StackDocument['volumes'] {
  const names = Object.values(services).flatMap((service) =>
    (service.volumes ?? []).filter((mount) => mount.type === 'volume').map((mount) => mount.source),
  );
  return Object.fromEntries([...new Set(names)].map((name) => [name, {}]));
}

function usedSecrets(
  services: Record<string, ComposeService>,
  stack: string,
  answers: ImplyAnswers,
  secretName: (secret: string, part: string) => string,
): StackDocument['secrets'] {
  const used = new Set(
    Object.values(services).flatMap((service) => (service.secrets ?? []).map((mount) => mount.source)),
  );
  const result: StackDocument['secrets'] = {};
  for (const need of secretNeeds(stack, answers)) {
    for (const [part, file] of Object.entries(need.files)) {
      if (used.has(file)) result[file] = { name: secretName(need.secret, part) };
    }
  }
  return result;
}
