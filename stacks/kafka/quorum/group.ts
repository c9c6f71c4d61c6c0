import type { Ensemble, MemberCopies, MemberData, QuorumPolicy } from '../../../src/sdk/definition.ts';
import type { Login } from '../answers.ts';
import type { QuorumMember } from '../members.ts';
import { NETWORK } from '../services.ts';
import { DATA } from '../start.ts';
import { THOROUGHLY, askScript, filesOf } from './ask.ts';
import { judge } from './judge.ts';
import { parseAnswers } from './parse.ts';

const PUT_BACK = 'put it back; a cluster with other controllers is a new cluster, with a name of its own';

/**
 * The controllers' log. One that was formatted, and has run without ever hearing of the others, has in it a log of no
 * bytes, a checkpoint of offset 0 (KAFKA-19648) and what it knows of elections (run, 4.4.0).
 */
const METADATA: MemberData = {
  directory: `${DATA}/__cluster_metadata-0`,
  files: ['*.log', '*[1-9]*.checkpoint'],
  hint: 'bring back the volumes of the others, from their disks or a backup, if they are to be had',
};

/**
 * What brokers keep beside controllers that are apart: each follows their log, with a copy of it in its volume. What
 * becomes of one that finds controllers with another log: README.md of this stack.
 */
const metadataCopies = (brokers: readonly QuorumMember[]): MemberCopies => ({
  services: brokers.map(({ name }) => name),
  withoutGroup: {
    why:
      'controllers that start empty know no topic; brokers that follow them put aside what they have of those, and ' +
      'drop their copy of what was known of them',
    hint: 'bring back the volumes of the controllers, from their disks or a backup, if they are to be had',
  },
  withoutCopies: {
    why: 'topics would come back empty, and what was in them is dropped even if those volumes come back later',
    hint: 'bring back the volumes of the brokers, from their disks or a backup, if they are to be had',
  },
});

/**
 * The cluster's quorum groups in the order of an update: controllers that are apart before the brokers, which may ask
 * only what all controllers know.
 */
export function kafkaGroups(members: readonly QuorumMember[], login: Login): Ensemble[] {
  const controllers = members.filter(({ controller }) => controller);
  const groups = [
    { name: 'controllers', services: members.filter(({ broker }) => !broker) },
    { name: 'brokers', services: members.filter(({ broker }) => broker) },
  ];
  return groups
    .filter(({ services }) => services.length > 0)
    .map(({ name, services }) => {
      const group = groupOf(name, services, login, controllers);
      const brokers = members.filter((member) => !services.includes(member));
      // Of members that are both the group is the whole cluster.
      if (group.data === undefined || brokers.length === 0) return group;
      return { ...group, data: { ...group.data, copies: metadataCopies(brokers) } };
    });
}

function groupOf(
  name: string,
  members: readonly QuorumMember[],
  login: Login,
  voters: readonly QuorumMember[],
): Ensemble {
  const [first] = members;
  const brokers = first?.broker === true;
  const controllers = first?.controller === true;
  const pattern = brokers ? /^kafka-\d+$/ : /^kafka-controller-\d+$/;
  return {
    name,
    title: `Kafka ${name}`,
    services: members.map((member) => member.name),
    isMember: (service) => pattern.test(service),
    // A broker that is no controller has a copy of it, and no vote.
    ...(controllers ? { data: METADATA } : {}),
    policy: policyOf({ brokers, controllers }),
    probe: {
      network: NETWORK,
      command: ['bash', '-c', askScript(members, login, voters)],
      thoroughly: THOROUGHLY,
      secrets: filesOf(brokers, login),
      timeoutSeconds: 90,
      read: (lines) => judge(members, parseAnswers(lines)),
    },
  };
}

/** The rules of Kafka 4 with controllers that are named once and for all (`controller.quorum.voters`). */
function policyOf({ brokers, controllers }: { brokers: boolean; controllers: boolean }): QuorumPolicy {
  const caughtUp = 'every controller has caught up';
  const inSync = 'every broker is unfenced and nothing is under-replicated';
  return {
    // Which partitions lose their last copy is asked before each stop; a majority of the voters must stay in any case.
    worksWith: (up, members) => up.length > (controllers ? members.length / 2 : 0),
    ...(controllers ? { last: 'the active controller' } : {}),
    whole: brokers ? inSync : caughtUp,
    // Only brokers that are no controllers come and go; nobody knows of them before they are there.
    grow: (_existing, created) => ({ first: 'create', waves: [[...created]] }),
    shrink: () => undefined,
    fixed: [
      {
        field: 'environment KAFKA_CONTROLLER_QUORUM_VOTERS',
        what: 'the list of controllers',
        why: 'their number and names are fixed when the cluster is made',
        hint: PUT_BACK,
      },
      ...(controllers
        ? [
            {
              field: 'node',
              what: 'the place',
              why: 'a controller keeps its votes and its metadata in its volume, which does not move with it',
              hint: 'put it back; if its node is lost for good, README.md of this bundle says what to do',
            },
          ]
        : []),
    ],
    // A follower of the log copies what it missed; a session of the one before may keep a broker out for 9 s.
    patience: { workSeconds: 30, recoverSeconds: 120, wholeSeconds: 240 },
  };
}
