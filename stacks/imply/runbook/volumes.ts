import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { servicesOf } from '../document.ts';
import type { ImplyAnswers } from '../answers.ts';
import { MANAGER, MYSQL, managerNode, members, storeNode, zookeeperServers } from '../members.ts';

/** Where data is kept in named volumes, as the document mounts them; nothing if all of it is in host directories. */
export function volumesRunbook(stack: string, answers: ImplyAnswers): RunbookSection[] {
  const nodes = new Map([
    [MANAGER, managerNode(answers)],
    [MYSQL, storeNode(answers)],
    ...[
      ...zookeeperServers(answers).map(({ name, node }) => [name, node] as const),
      ...members(answers).map(({ service, node }) => [service, node] as const),
    ],
  ]);
  const lines = Object.entries(servicesOf(stack, answers)).flatMap(([service, { volumes = [] }]) =>
    volumes.flatMap(({ type, source, target }) =>
      type === 'volume' ? [`- \`${stack}_${source}\` on ${nodes.get(service) ?? ''}: \`${target}\` of ${service}`] : [],
    ),
  );
  return lines.length === 0
    ? []
    : [{ title: 'Volumes', markdown: ['They stay when the stack is removed:', '', ...lines].join('\n') }];
}
