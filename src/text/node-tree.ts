import { duration } from '../converge/window.ts';
import { nodeText } from '../place/named-node.ts';
import { sizeText } from '../place/words.ts';
import { upState, type Status } from '../project/status.ts';
import type { StoppingTask } from '../project/stopping-tasks.ts';
import { flow } from '../ui/layout.ts';
import type { Screen } from '../ui/screen.ts';
import { widthOf } from '../ui/style.ts';

/** `stops (up to 24 h)` */
export const stopsText = ({ graceSeconds }: Pick<StoppingTask, 'graceSeconds'>): string =>
  `stops (up to ${duration(graceSeconds * 1000)})`;

/** Of a task whose service the swarm has no more. */
export const REMOVED_SERVICE = 'a removed service';

/** The nodes as a tree of what runs on each, and what still stops, with what this stack reserves there. */
export function nodeTree(status: Status, { style, width }: Screen): string[] {
  const heads = status.nodes.map(
    ({ id, hostname, role, leader, state, availability }) =>
      `${nodeText(status.nodes, hostname, id)} ${role}${leader ? '*' : ''}${[
        ...(state === 'ready' ? [] : [` ${style.red(state)}`]),
        ...(availability === 'active' ? [] : [` ${style.yellow(availability)}`]),
      ].join('')}`,
  );
  const widest = Math.max(0, ...heads.map(widthOf));
  return status.nodes.flatMap((node, at) => {
    const items = [
      ...status.services.flatMap(({ name, job, tasks }) =>
        tasks
          .filter(({ nodeId }) => nodeId === node.id)
          .map(({ state }) => `${name} ${state === upState(job) ? style.green('✔') : style.red(`✘ ${state}`)}`),
      ),
      ...status.stopping
        .filter(({ nodeId }) => nodeId === node.id)
        .map((task) => `${task.service ?? REMOVED_SERVICE} ${style.yellow(stopsText(task))}`),
      ...(node.reservedBytes === 0
        ? []
        : [style.dim(`${sizeText(node.reservedBytes)} of ${sizeText(node.memoryBytes)} reserved`)]),
    ];
    const last = at === status.nodes.length - 1;
    const branch = status.nodes.length === 1 ? '─' : at === 0 ? '┬' : last ? '└' : '├';
    const head = (heads[at] ?? '') + ' '.repeat(widest - widthOf(heads[at] ?? ''));
    const lines = flow(items, width - widest - 3, '', '  ');
    return [`${head} ${branch} ${lines[0] ?? style.dim('none of its tasks')}`].concat(
      lines.slice(1).map((line) => `${' '.repeat(widest)} ${last ? ' ' : '│'} ${line}`),
    );
  });
}
