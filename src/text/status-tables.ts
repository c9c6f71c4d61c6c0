import { nodeText } from '../place/named-node.ts';
import type { Restarts, Status } from '../project/status.ts';
import { columns } from '../ui/layout.ts';
import type { Screen } from '../ui/screen.ts';
import type { Style } from '../ui/style.ts';
import { table } from '../ui/table.ts';
import { REMOVED_SERVICE, stopsText } from './node-tree.ts';
import { closingLines, daysText, headLines, isRead } from './status-text.ts';

/** `status --wide`: a table of the services, of the nodes and of the secrets, as wide as they need. */
export function statusTables(status: Status, { style, width }: Screen, now: Date): string {
  const parts = [
    headLines(status, { style, width }, now).join('\n'),
    ...(isRead(status, 'services') ? [services(status, style)] : []),
    ...(isRead(status, 'nodes') ? [nodes(status, style)] : []),
    ...(isRead(status, 'secrets') ? [secrets(status, { style, width })] : []),
    closingLines(status, { style, width }, now).join('\n'),
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}

const head = (style: Style, ...cells: string[]): string[] => cells.map((cell) => style.bold(cell));

function services(status: Status, style: Style): string {
  const { stopping } = status;
  const removed = stopping.filter((task) => (task.service ?? task.successor) === undefined);
  const none = status.services.length === 0 ? [`${status.stack} is not deployed on this swarm`] : [];
  if (none.length > 0 && removed.length === 0) return none.join();
  const rows = table([
    head(style, 'SERVICE', 'RUNNING', 'RESTARTS', 'NODE', 'STATE', 'IMAGE'),
    ...status.services.map((service) => {
      const { running, wanted } = service;
      const count = `${running ?? '?'}/${wanted}`;
      const on = [...new Set(service.tasks.map((task) => nodeText(status.nodes, task.node, task.nodeId)))].join(', ');
      const restarts = service.missing === true ? '-' : restartsText(service.restarts);
      const states = [
        ...new Set(service.tasks.map(({ state, error }) => (error === '' ? state : `${state}: ${error}`))),
        ...stopping
          .filter((task) => (task.service ?? task.successor) === service.name)
          .map((task) => `former one ${stopsText(task)} on ${nodeText(status.nodes, task.node, task.nodeId)}`),
      ].join('; ');
      return [
        service.name,
        running === undefined ? count : running === wanted ? style.green(count) : style.red(count),
        service.restarts && service.restarts.count > service.restarts.withNode ? style.yellow(restarts) : restarts,
        on || '-',
        service.missing === true ? style.red('missing') : states || '-',
        service.image,
      ];
    }),
    ...removed.map((task) => {
      const on = nodeText(status.nodes, task.node, task.nodeId);
      return [REMOVED_SERVICE, '-', '-', on, stopsText(task), '-'];
    }),
  ]);
  return [...none, rows].join('\n');
}

/** `3 (exit 1)`, `2 (with the node)`; the times that a node took its tasks along are no fault of theirs. */
function restartsText(restarts: Restarts | undefined): string {
  if (restarts === undefined) return '?';
  const { count, withNode, lastExitCode } = restarts;
  if (count === 0) return '0';
  if (withNode === count) return `${String(count)} (with the node)`;
  return `${String(count)}${lastExitCode === undefined ? '' : ` (exit ${String(lastExitCode)})`}`;
}

function nodes(status: Status, style: Style): string {
  return table([
    head(style, 'NODE', 'ROLE', 'STATE', 'AVAILABILITY', 'PLACED HERE'),
    ...status.nodes.map((node) => [
      nodeText(status.nodes, node.hostname, node.id),
      `${node.role}${node.leader ? '*' : ''}`,
      node.state === 'ready' ? node.state : style.red(node.state),
      node.availability,
      node.roles.join(', ') || '-',
    ]),
  ]);
}

function secrets(status: Status, { style, width }: Screen): string {
  return columns(
    [
      head(style, 'SECRET', 'IN SWARM', 'ON DISK', 'DAYS LEFT'),
      ...status.secrets.map((secret) => [
        secret.name,
        secret.state === 'differs' || secret.state === 'foreign'
          ? style.red(secret.state)
          : secret.inSwarm
            ? 'yes'
            : style.yellow('no'),
        secret.otherOnDisk ? style.red('changed') : secret.onDisk ? 'yes' : 'no',
        secret.daysLeft === undefined ? '-' : daysText(secret.daysLeft, style),
      ]),
    ],
    width,
  ).join('\n');
}
