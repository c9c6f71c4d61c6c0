import { pickNodes } from '../../common/pick-nodes.ts';
import type { Question } from '../../../src/sdk/definition.ts';
import { is } from './conditions.ts';
import { placed, serverCount } from './nodes.ts';

const zookeeperExternal = is('zookeeper.embedded', false);

export const zookeeperQuestions: Question[] = [
  {
    path: 'zookeeper.embedded',
    ask: 'confirm',
    message: 'Run a ZooKeeper in this stack?',
    help: 'Default yes. Answer no for an ensemble that you have.',
    default: (c) => c.get('zookeeper.hosts') === undefined,
  },
  {
    path: 'images.zookeeper',
    ask: 'image',
    message: 'ZooKeeper image',
    help: 'The vendor names the 3.5 to 3.7 line.',
    when: (c) => !zookeeperExternal(c),
  },
  {
    path: 'zookeeper.servers',
    ask: 'number',
    message: 'How many ZooKeeper servers?',
    help: 'Default 1, without failover; 3 survive the loss of one, 5 of two.',
    when: (c) => !zookeeperExternal(c),
  },
  {
    path: 'zookeeper.nodes',
    ask: 'nodes',
    message: 'Nodes for the ZooKeeper servers',
    help: 'Server 1 on the first, and so on; their volumes live there.',
    byDefault: 'Default: those that carry least.',
    when: (c) => !zookeeperExternal(c) && serverCount(c) > 1,
    default: (c) => pickNodes(c, serverCount(c), placed(c)),
  },
  {
    path: 'zookeeper.hosts',
    ask: 'text',
    message: 'ZooKeeper servers',
    help: 'host:port, several with commas.',
    when: zookeeperExternal,
  },
  {
    path: 'zookeeper.basePath',
    ask: 'text',
    message: 'Base path in ZooKeeper',
    help: 'Default imply; give each cluster its own on a shared ensemble.',
    when: zookeeperExternal,
  },
];
