import type { Placement, StackDefinition, StackPlan } from '../../src/sdk/definition.ts';
import { zookeeperEnsemble } from '../zookeeper/ensemble.ts';
import { access } from './access.ts';
import { answers, storeEmbedded, type ImplyAnswers } from './answers.ts';
import { document } from './document.ts';
import { expectations } from './expectations.ts';
import { externals, ownPlaces } from './externals.ts';
import { hosts } from './hosts.ts';
import { listens } from './listens.ts';
import { MANAGER, MYSQL, STORE_LABEL, managerNode, members, storeNode, zookeeperServers } from './members.ts';
import { oneWay } from './mysql-series.ts';
import { notices } from './notices.ts';
import { questions } from './questions.ts';
import { decisions } from './questions/decisions.ts';
import { AGREED, TOGETHER, rolling, rollingBack } from './rolling.ts';
import { runbook } from './runbook.ts';
import { EMPTY_STORE } from './runbook/store-lost.ts';
import { secretNeeds, secretVariables } from './secrets.ts';
import { NETWORK } from './services.ts';
import { stillUsed } from './still-used.ts';
import { told } from './told.ts';

/**
 * Imply (Apache Druid) with its manager and agents. What is known of the images, and how well: README.md beside this
 * file.
 */
export const imply: StackDefinition<ImplyAnswers> = {
  name: 'imply',
  title: 'Imply (Apache Druid)',
  answers,
  questions,
  decisions,
  plan(name, given): StackPlan {
    const needs = secretNeeds(name, given);
    const servers = zookeeperServers(given);
    return {
      secrets: needs,
      placements: placements(given),
      ensembles: servers.length === 0 ? [] : [zookeeperEnsemble(servers, NETWORK)],
      rolling: rolling(given),
      rollingBack: rollingBack(given),
      together: TOGETHER,
      oneWay: oneWay(given),
      agreed: AGREED,
      told: told(given),
      wrappedImages: given.secretDelivery === 'wrapper' ? [given.images.manager] : [],
      document: (secretName, startOf) => document(name, given, secretName, startOf),
      expectations: expectations(given),
      hosts: hosts(given),
      listens: listens(given),
      externals: externals(given),
      ownPlaces: ownPlaces(given),
      sharedDirectories: given.deepStorage.sharedMount === undefined ? [] : [given.deepStorage.sharedMount],
      stillUsed: stillUsed(given),
      notices: notices(given),
      runbook: () => runbook(name, given),
      access: access(given),
      environment: given.secretDelivery === 'env' ? environment(given, needs) : {},
      variables: given.secretDelivery === 'file' ? {} : environment(given, needs),
      environmentAnswer: { given: 'secretDelivery: env', instead: 'secretDelivery: file' },
    };
  },
};

function placements(given: ImplyAnswers): Placement[] {
  return [
    { role: 'manager', nodes: [managerNode(given)], services: [MANAGER] },
    ...(storeEmbedded(given)
      ? [{ role: STORE_LABEL, nodes: [storeNode(given)], services: [MYSQL], withoutData: EMPTY_STORE }]
      : []),
    ...zookeeperServers(given).map(({ name, node }) => ({ role: name, nodes: [node], services: [name] })),
    ...members(given).map((member) => ({ role: member.label, nodes: [member.node], services: [member.service] })),
  ];
}

function environment(given: ImplyAnswers, needs: StackPlan['secrets']): StackPlan['environment'] {
  const result: StackPlan['environment'] = {};
  for (const [variable, file] of Object.entries(secretVariables(given))) {
    for (const need of needs) {
      for (const [part, name] of Object.entries(need.files))
        if (name === file) result[variable] = { secret: need.secret, part };
    }
  }
  return result;
}
