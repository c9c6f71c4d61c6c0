import type { Access, Way } from '../../src/sdk/definition.ts';
import type { ImplyAnswers } from './answers.ts';
import { managerAddress, managerNode, members } from './members.ts';
import { PORTS, portOf } from './ports.ts';

/** How browsers and clients reach manager and query agents, and what the first visitor becomes. */
export function access(answers: ImplyAnswers): Access {
  const { tls, manager } = answers;
  const page = (node: string, port: number): string => `${tls.enabled ? 'https' : 'http'}://${node}:${port}`;
  const ui = page(managerNode(answers), manager.port);
  const later = `answers once a person has started the cluster ${answers.agents.cluster} (Manage → Start)`;
  return {
    ways: [{ title: 'UI', url: ui }, ...queryWays(answers, page, later)],
    trust: tls.enabled ? [{ secret: 'ca', part: 'certificate' }] : [],
    risks: [
      ...(tls.enabled ? [] : ['TLS is off: passwords and data travel in clear.']),
      ...(answers.authentication.enabled
        ? []
        : ['Authentication is off: whoever reaches the manager can register agents.']),
    ],
    first: [
      `Open ${ui} at once: the first visitor becomes the super user.`,
      `Then start the cluster ${answers.agents.cluster} there, once: Manage → Start.`,
      ...(tls.enabled
        ? [`The certificate names ${managerAddress(answers)}, not the node: a browser warns of the name.`]
        : []),
    ],
  };
}

/** Router and Pivot of each query agent, if their ports are published. */
function queryWays(answers: ImplyAnswers, page: (node: string, port: number) => string, later: string): Way[] {
  const { publish } = answers.agents.query;
  if (!publish.enabled) return [];
  const router = publish.router ?? portOf('router', answers.tls.enabled);
  const agents = members(answers).filter(({ role }) => role === 'query');
  return [
    ...agents.map(({ node }) => ({ title: 'router', url: page(node, router), notes: [later] })),
    ...agents.map(({ node }) => ({ title: PORTS.pivot.purpose, url: page(node, publish.pivot), notes: [later] })),
  ];
}
