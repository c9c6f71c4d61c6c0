import { networkQuestions } from '../common/network-questions.ts';
import type { Question } from '../../src/sdk/definition.ts';
import { agentQuestions } from './questions/agents.ts';
import { deepStorageQuestions, sharedMountQuestion } from './questions/deep-storage.ts';
import { imageQuestions } from './questions/images.ts';
import { managerQuestions } from './questions/manager.ts';
import { securityQuestions } from './questions/security.ts';
import { storeNodesQuestion, storeQuestions } from './questions/store.ts';
import { zookeeperQuestions } from './questions/zookeeper.ts';

/** The wizard's questions for an Imply cluster, in order. Defaults not given here are those of the schema. */
export const questions: Question[] = [
  ...imageQuestions,
  ...securityQuestions,
  ...managerQuestions,
  ...storeQuestions,
  ...zookeeperQuestions,
  ...deepStorageQuestions,
  ...agentQuestions,
  sharedMountQuestion,
  storeNodesQuestion,
  ...networkQuestions,
];
