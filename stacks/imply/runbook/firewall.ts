import type { RunbookSection } from '../../../src/sdk/definition.ts';
import type { ImplyAnswers } from '../answers.ts';
import { managerNode, members } from '../members.ts';
import { externals } from '../externals.ts';
import { PORTS, portOf, type ServerPort } from '../ports.ts';

type Row = [from: string, to: string, port: string, purpose: string];

/** Which connections the hosts' firewalls must let through, and which ports stay inside the overlay network. */
export function firewall(answers: ImplyAnswers): RunbookSection {
  const tls = answers.tls.enabled;
  return {
    title: 'Firewall',
    markdown: [
      'Between and into the hosts. Nothing else is published.',
      '',
      ...table(
        ['From', 'To', 'Port', 'For'],
        [...swarmRows(answers), ...publishedRows(answers), ...outsideRows(answers)],
      ),
      '',
      'Inside the overlay network. These need **no rule** as long as all runs in this stack: they travel in ' +
        '4789/udp. If containers use the hosts’ own network, open them between those hosts. 9989 is not in the ' +
        'vendor’s list, and without it agents get neither configuration nor certificates.',
      '',
      ...table(
        [tls ? 'Port (TLS on)' : 'Port (TLS off)', tls ? 'without TLS' : 'with TLS', 'On', 'From', 'For'],
        internalRows(answers, tls),
      ),
    ].join('\n'),
  };
}

/** docs.docker.com/engine/swarm/swarm-tutorial: open protocols and ports between the hosts. */
function swarmRows({ network }: ImplyAnswers): Row[] {
  return [
    ['all nodes', 'manager nodes of the swarm', '2377/tcp', 'swarm’s management'],
    ['all nodes', 'all nodes', '7946/tcp and 7946/udp', 'swarm’s gossip'],
    [
      'all nodes',
      'all nodes',
      '4789/udp',
      'overlay traffic (VXLAN); another port if `docker swarm init --data-path-port` named one',
    ],
    ...(network.encrypted
      ? [
          [
            'all nodes',
            'all nodes',
            'IP protocol 50 (ESP)',
            'overlay traffic, encrypted: no port to open, a protocol',
          ] satisfies Row,
        ]
      : []),
  ];
}

function publishedRows(answers: ImplyAnswers): Row[] {
  const { manager, agents, tls } = answers;
  const { publish } = agents.query;
  const queryNodes = [
    ...new Set(
      members(answers)
        .filter(({ role }) => role === 'query')
        .map(({ node }) => node),
    ),
  ].join(', ');
  const router = publish.router ?? portOf('router', tls.enabled);
  return [
    [
      'users',
      manager.portMode === 'ingress' ? 'every node' : managerNode(answers),
      `${manager.port}/tcp`,
      `${PORTS.ui.purpose}; nobody else before the super user is made`,
    ],
    ...(publish.enabled
      ? ([
          ['users', queryNodes, `${router}/tcp`, PORTS.router.purpose],
          ['users', queryNodes, `${publish.pivot}/tcp`, PORTS.pivot.purpose],
        ] satisfies Row[])
      : []),
  ];
}

function outsideRows(answers: ImplyAnswers): Row[] {
  const { deepStorage } = answers;
  const purposes: Record<string, string> = { store: 'metadata store', zookeeper: 'ZooKeeper' };
  const servers = externals(answers).flatMap((external) =>
    external.servers.map(({ host, port }): Row => [
      'nodes of manager and agents',
      host,
      `${port}/tcp`,
      purposes[external.what] ?? external.what,
    ]),
  );
  const deep: Row[] =
    deepStorage.type === 'local' || deepStorage.s3.endpoint !== undefined
      ? []
      : [['nodes of manager and agents', `${deepStorage.type} storage`, 'its own', 'deep storage']];
  return [...servers, ...deep];
}

function internalRows({ store, zookeeper }: ImplyAnswers, tls: boolean): string[][] {
  const number = (first: number, last: number | undefined): string =>
    last === undefined ? `${first}` : `${first}–${last}`;
  const own = Object.values<ServerPort>(PORTS).map((port) => {
    const other = tls ? port.plain : port.tls;
    const doubt = port.doubt === undefined ? '' : `; ${port.doubt}`;
    return [
      number(tls ? port.tls : port.plain, port.last),
      number(other, port.last),
      port.server,
      port.clients,
      `${port.purpose}${doubt}`,
    ];
  });
  return [
    ...own,
    ...(store.host === undefined ? [['3306', '3306', 'store', 'manager, agents', 'metadata store']] : []),
    ...(zookeeper.hosts === undefined
      ? [
          ['2181', '2181', 'ZooKeeper', 'manager, agents', 'ZooKeeper'],
          ['2888, 3888', '2888, 3888', 'ZooKeeper', 'ZooKeeper', 'its quorum, if there are several'],
        ]
      : []),
  ];
}

function table(head: string[], rows: string[][]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
