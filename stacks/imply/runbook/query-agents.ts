import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { storeAddress } from '../addresses.ts';
import { PORTS, portOf } from '../ports.ts';
import type { ImplyAnswers } from '../answers.ts';
import { members } from '../members.ts';

/** Several query agents: the back ends of a load balancer, and where Pivot must keep its state before. */
export function queryAgentsRunbook(answers: ImplyAnswers): RunbookSection[] {
  const agents = members(answers).filter(({ role }) => role === 'query');
  if (agents.length < 2) return [];
  return [
    {
      title: 'Several query agents',
      markdown: [
        ...backEnds(
          answers,
          agents.map(({ node }) => node),
        ),
        '',
        ...pivotState(answers),
      ].join('\n'),
    },
  ];
}

function backEnds(answers: ImplyAnswers, nodes: string[]): string[] {
  const { publish } = answers.agents.query;
  if (!publish.enabled)
    return [
      'Their ports are not published (`agents.query.publish.enabled`): a load balancer must be in this stack’s network.',
    ];
  const router = portOf('router', answers.tls.enabled);
  const list = (port: number): string => nodes.map((node) => `\`${node}:${port}\``).join(', ');
  return [
    'Back ends for a load balancer of yours (nodes by the names in bundle.yaml; use addresses that it resolves):',
    '',
    '| what | back ends | port in the container |',
    '| --- | --- | --- |',
    `| router (Druid API, console) | ${list(publish.router ?? router)} | ${router} |`,
    `| Pivot | ${list(publish.pivot)} | ${PORTS.pivot.plain} |`,
    '',
    answers.tls.enabled
      ? 'They speak TLS with certificates of the manager’s CA, issued for the agents’ own names: pass TLS ' +
        'through, or let the balancer trust `imply-ca.crt`. They answer only while the cluster runs.'
      : 'They speak plain HTTP, and answer only while the cluster runs.',
    'Keep a person’s log-in on one back end (sticky sessions) as long as Pivot’s state is not in a database.',
  ];
}

function pivotState(answers: ImplyAnswers): string[] {
  const { host, port } = storeAddress(answers);
  const type = answers.store.type === 'postgresql' ? 'pg' : 'mysql';
  return [
    '**Before the second Pivot is used**, its state must be in a database: by the vendor’s documentation each ' +
      'keeps users, data cubes and dashboards in a local SQLite file else. The documented setting of Pivot’s ' +
      'config.yaml',
    '(types `mysql`, `pg`, `sqlite`), here for a database `pivot` on this cluster’s store, which you make ' +
      'together with its user:',
    '',
    '```yaml',
    'stateStore:',
    `  type: ${type}`,
    `  connection: '${type === 'pg' ? 'postgres' : 'mysql'}://USER:PASSWORD@${host}:${port}/pivot'`,
    "  tablePrefix: 'imply-state-'",
    '```',
    '',
    'Enter it in the cluster’s Pivot settings in the manager’s UI: it holds a password. How the manager passes ' +
      'it on is not documented, nor the form of `clusterDefaults.properties.pivot`; look at what Pivot uses ' +
      'before you rely on it.',
  ];
}
