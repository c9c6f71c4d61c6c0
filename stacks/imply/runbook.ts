import type { RunbookSection } from '../definition.ts';
import { storeEmbedded, type ImplyAnswers } from './answers.ts';
import { serversRunbook } from '../zookeeper/runbook.ts';
import { MANAGER, MYSQL, managerNode, members, zookeeperServers } from './members.ts';

/** The Imply sections of a bundle's own README.md. */
export function runbook(stack: string, answers: ImplyAnswers): RunbookSection[] {
  const scheme = answers.tls.enabled ? 'https' : 'http';
  const sections: RunbookSection[] = [
    {
      title: 'After the first start',
      markdown: [
        `1. Open \`${scheme}://${managerNode(answers)}:${answers.manager.port}\` **at once**: the first visitor is asked to create the super user.`,
        ...(answers.tls.enabled ? ['   Your browser must trust `imply-ca.crt`. The certificate names what agents dial, not the node: expect a name warning.'] : []),
        '2. Start the cluster once (Manage → Start). Agents are not ready before that, and that is no failure.',
        '3. Read the initial Druid API password in the cluster’s API tab.',
      ].join('\n'),
    },
    {
      title: 'What to know',
      markdown: [
        `- Stopping a data agent may take up to ${answers.agents.data.gracePeriod}: it drains first. Removing the stack waits as long.`,
        '- Append data nodes, never reorder them: a data agent’s volume stays on its node.',
        '- `docker stack deploy` by hand restarts all changed services at once.',
        '- Replacing the CA or the token restarts everything and is an outage.',
        '- `imply_defaults_*` values are used for new clusters only.',
        '- Data nodes want `vm.max_map_count=500000` and `kernel.threads-max=999999`; a stack file cannot set them.',
      ].join('\n'),
    },
    {
      title: 'When something is wrong',
      markdown: [
        `- An agent prints \`TLS: Enabled\` but never appears in the UI: another CA or token. \`bundle verify\` compares what it mounts.`,
        `- The manager restarts: look for its store first, \`docker service logs --tail 50 ${stack}_imply-manager\`.`,
        '- A service stays pending: `bundle check` says which node lost its label or is not ready.',
        '- Pages do not load through a firewall: agents reach the manager on 9989, which the vendor’s port list leaves out.',
      ].join('\n'),
    },
  ];
  const volumes = [
    ...(storeEmbedded(answers) ? [`${stack}_${MYSQL}-data`] : []),
    ...members(answers).map((member) => `${stack}_${member.service}-var (on ${member.node})`),
  ];
  sections.push({ title: 'Volumes', markdown: `They stay when the stack is removed:\n\n${volumes.map((name) => `- \`${name}\``).join('\n')}` });
  const servers = zookeeperServers(answers);
  if (servers.length > 0) sections.push(serversRunbook(stack, servers));
  if (storeEmbedded(answers)) {
    sections.push({
      title: 'Backup',
      markdown: [
        'The manager’s durable state is in MySQL. On the node that runs it:',
        '',
        '```sh',
        `docker exec $(docker ps -q -f name=${stack}_${MYSQL}.) sh -c 'MYSQL_PWD=$(cat /run/secrets/store-password) mysqldump -uroot --all-databases --single-transaction --routines --events' > imply-store.sql`,
        '```',
        '',
        'Back, into a new and empty MySQL of the same version, while the manager is stopped (`docker service scale ' + `${stack}_${MANAGER}=0` + '`, later `=1`):',
        '',
        '```sh',
        `docker exec -i $(docker ps -q -f name=${stack}_${MYSQL}.) sh -c 'MYSQL_PWD=$(cat /run/secrets/store-password) mysql -uroot' < imply-store.sql`,
        '```',
        '',
        'The dump brings users and passwords along, root’s too; they hold once that MySQL is restarted. So restore with the `secrets/store-password` of the dump’s day.',
        '',
        'Keep `secrets/` as safe as that dump: a swarm never gives a secret back.',
      ].join('\n'),
    });
  }
  return sections;
}
