import type { CommentedDocument } from '../../src/sdk/compose.ts';
import type { StackDefinition, StackPlan } from '../../src/sdk/definition.ts';
import { overlay } from '../common/network.ts';
import { answers, type KafkaAnswers } from './answers.ts';
import { brokerHosts, brokerListens, brokersOf, type Broker } from './brokers.ts';
import { expectations } from './expectations.ts';
import { notices } from './notices.ts';
import { questions } from './questions.ts';
import { runbook } from './runbook.ts';
import { PEERS_CA_FILE, secretNeeds } from './secrets.ts';
import { NETWORK, brokerService } from './services.ts';

const CLUSTER_ID = 'cluster-id';

/** A Kafka cluster (KRaft) with TLS and logins. What is known of the image: README.md beside this file. */
export const kafka: StackDefinition<KafkaAnswers> = {
  name: 'kafka',
  title: 'Apache Kafka',
  answers,
  questions,
  decisions: ['image', 'brokers', 'nodes'],
  plan(name, given): StackPlan {
    const brokers = brokersOf(given);
    const rolling = [{ name: 'brokers', title: 'brokers', services: brokers.map((broker) => broker.name) }];
    return {
      secrets: secretNeeds(name, given, brokers),
      placements: brokers.map((broker) => ({ role: broker.name, nodes: [broker.node], services: [broker.name] })),
      wrappedImages: [],
      ensembles: [],
      rolling,
      rollingBack: rolling,
      // A broker that trusts another CA than the others is let in by none of them.
      together: [PEERS_CA_FILE],
      identities: [CLUSTER_ID],
      document: (secretName, _startOf, identity) => document(name, given, secretName, identity?.(CLUSTER_ID) ?? ''),
      expectations: expectations(given, brokers),
      hosts: brokerHosts(brokers),
      listens: Object.fromEntries(brokers.map((broker) => [broker.name, brokerListens()])),
      externals: [],
      notices: notices(brokers),
      runbook: runbook(name, given, brokers),
      environment: {},
    };
  },
};

function document(
  stack: string,
  given: KafkaAnswers,
  secretName: (secret: string, part: string) => string,
  clusterId: string,
): CommentedDocument {
  const brokers = brokersOf(given);
  const service = (broker: Broker) => brokerService(stack, given, broker, brokers, clusterId);
  const services = Object.fromEntries(brokers.map((broker) => [broker.name, service(broker)]));
  const mounted = new Set(Object.values(services).flatMap(({ secrets = [] }) => secrets.map(({ source }) => source)));
  const secrets = secretNeeds(stack, given, brokers).flatMap((need) =>
    Object.entries(need.files)
      .filter(([, file]) => mounted.has(file))
      .map(([part, file]) => [file, { name: secretName(need.secret, part) }] as const),
  );
  return {
    document: {
      services,
      networks: { [NETWORK]: overlay(given.network) },
      volumes: Object.fromEntries(brokers.map(({ name }) => [`${name}-data`, {}])),
      secrets: Object.fromEntries(secrets),
    },
    heading: ['Apache Kafka on Docker Swarm.'],
    comments: {
      [`networks.${NETWORK}`]: `services of other stacks join it as the external network ${stack}_${NETWORK}`,
      'services.kafka-1': 'one service for each broker, which is also a controller; its first start formats its volume',
      'services.kafka-1.environment.CLUSTER_ID': 'from bundle.lock.json; it never changes',
    },
  };
}
