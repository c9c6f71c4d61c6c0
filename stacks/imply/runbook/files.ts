import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { containerOf } from '../../common/containers.ts';
import type { ImplyAnswers } from '../answers.ts';
import { MANAGER, managerNode, members } from '../members.ts';

/**
 * Host directories that must be there before the first deploy, node by node, that of shared deep storage too; nothing
 * if all data is in volumes.
 */
export function hostDirectories(answers: ImplyAnswers): RunbookSection[] {
  const wanted = new Map<string, Set<string>>();
  const add = (node: string, path: string | undefined): void =>
    void (path !== undefined && wanted.set(node, (wanted.get(node) ?? new Set()).add(path)));
  add(managerNode(answers), answers.manager.hostPaths.var);
  for (const { role, node } of members(answers)) {
    const paths: { var?: string | undefined; tmp?: string | undefined } = answers.agents[role].hostPaths;
    for (const path of [paths.var, paths.tmp, answers.deepStorage.sharedMount]) add(node, path);
  }
  if (wanted.size === 0) return [];
  const lines = [...wanted].map(([node, paths]) => `# on ${node}\nmkdir -p ${[...paths].join(' ')}`);
  return [
    {
      title: 'Host directories',
      markdown: [
        'Swarm makes no directory of a host: a task whose directory is missing is rejected. Before the first deploy:',
        '',
        '```sh',
        ...lines,
        '```',
        '',
        'The user in the images is not documented; group 1001 follows from the vendor’s chart (inferred). Where ' +
          'an agent cannot write, `chgrp 1001` and `chmod g+ws` its directory. `bundle destroy --volumes` leaves ' +
          'them alone.',
      ].join('\n'),
    },
  ];
}

/** How files of the user's own get into the manager, and from there to the agents. */
export function customFiles(stack: string, answers: ImplyAnswers): RunbookSection {
  const host = answers.manager.hostPaths.var;
  const copy =
    host === undefined
      ? [`docker cp my-extension.jar ${containerOf(stack, MANAGER)}:/mnt/var/user/`]
      : [`cp my-extension.jar ${host}/user/`];
  return {
    title: 'Files of your own',
    markdown: [
      'Agents fetch them from the manager: put them into its `/mnt/var/user`, and name them as ' +
        '`manager:///my-extension.jar` (documented). On its node:',
      '',
      '```sh',
      host === undefined
        ? `docker exec ${containerOf(stack, MANAGER)} mkdir -p /mnt/var/user`
        : `mkdir -p ${host}/user`,
      ...copy,
      '```',
      '',
      'They are added to a cluster in the manager’s UI, or by `clusterDefaults.customFiles` and ' +
        '`.userExtensions`, whose JSON is not documented beyond a list and a mapping. The vendor’s scripts put ' +
        'them below `/opt/imply/user`',
      'or `/opt/imply/extensions` of each agent, and run a file called `user-init` if it is executable.',
    ].join('\n'),
  };
}
