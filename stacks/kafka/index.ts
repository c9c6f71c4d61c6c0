import type { CommentedDocument } from '../../src/sdk/compose.ts';
import type { StackDefinition, StackPlan } from '../../src/sdk/definition.ts';
import { overlay } from '../common/network.ts';
import { access } from './access.ts';
import { answers, type KafkaAnswers } from './answers.ts';
import { expectations } from './expectations.ts';
import { listensOf, memberHosts, membersOf, volumeOf, type Member } from './members.ts';
import { notices } from './notices.ts';
import { questions } from './questions.ts';
import { kafkaGroups } from './quorum/group.ts';
import { runbook } from './runbook.ts';
import { PEERS_CA_FILE, secretNeeds } from './secrets.ts';
import { NETWORK, memberService } from './services.ts';
import { DATA } from './start.ts';
import { told } from './told.ts';

const CLUSTER_ID = 'cluster-id';
/** Written when the volume is formatted (Kafka 4.4.0). */
const KEPT = { path: `${DATA}/meta.properties`, pattern: '^cluster\\.id=(.+)$' };

/** A Kafka cluster (KRaft) with TLS and logins. What is known of the image: README.md beside this file. */
export const kafka: StackDefinition<KafkaAnswers> = {
  name: 'kafka',
  title: 'Apache Kafka',
  answers,
  questions,
  decisions: ['image', 'brokers', 'nodes'],
  plan(name, given): StackPlan {
    const members = membersOf(given);
    return {
      secrets: secretNeeds(name, given, members),
      placements: members.map((member) => ({ role: member.name, nodes: [member.node], services: [member.name] })),
      wrappedImages: [],
      ensembles: kafkaGroups(members, given.clients.login),
      rolling: [],
      rollingBack: [],
      // A broker that trusts another CA than the others is let in by none of them.
      together: [PEERS_CA_FILE],
      told: told(given, members),
      identities: [{ name: CLUSTER_ID, kept: members.map((member) => ({ service: member.name, ...KEPT })) }],
      document: (secretName, _startOf, identity) => document(name, given, secretName, identity?.(CLUSTER_ID) ?? ''),
      expectations: expectations(given, members),
      hosts: memberHosts(members),
      listens: Object.fromEntries(members.map((member) => [member.name, listensOf(member)])),
      externals: [],
      notices: notices(given),
      runbook: () => runbook(name, given),
      access: access(name, given),
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
  const members = membersOf(given);
  const service = (member: Member) => memberService(stack, given, member, members, clusterId);
  const services = Object.fromEntries(members.map((member) => [member.name, service(member)]));
  const mounted = new Set(Object.values(services).flatMap(({ secrets = [] }) => secrets.map(({ source }) => source)));
  const secrets = secretNeeds(stack, given, members).flatMap((need) =>
    Object.entries(need.files)
      .filter(([, file]) => mounted.has(file))
      .map(([part, file]) => [file, { name: secretName(need.secret, part) }] as const),
  );
  return {
    document: {
      services,
      networks: { [NETWORK]: overlay(given.network) },
      volumes: Object.fromEntries(members.map(({ name }) => [volumeOf(name), {}])),
      secrets: Object.fromEntries(secrets),
    },
    heading: ['Apache Kafka on Docker Swarm.'],
    comments: {
      [`networks.${NETWORK}`]: `services of other stacks join it as the external network ${stack}_${NETWORK}`,
      ...(given.controllers.apart
        ? {
            'services.kafka-controller-1': 'one service for each controller; its first start formats its volume',
            'services.kafka-1': 'one service for each broker',
          }
        : {
            'services.kafka-1':
              'one service for each broker, which is also a controller; its first start formats its volume',
          }),
      [`services.${members[0]?.name}.environment.CLUSTER_ID`]: 'from bundle.lock.json; it never changes',
    },
  };
}
