import type { RunbookSection } from '../../../src/sdk/definition.ts';
import { storeEmbedded, type ImplyAnswers } from '../answers.ts';
import { MANAGER } from '../members.ts';
import { STORE_LOST } from './store-lost.ts';

/** What each failure looks like, why, and what to run. */
export function failures(stack: string, answers: ImplyAnswers): RunbookSection {
  const { tls, license, manager, secretDelivery } = answers;
  const log = `\`docker service logs --tail 50 ${stack}_${MANAGER}\``;
  const where =
    manager.portMode === 'ingress'
      ? 'a firewall before the nodes'
      : 'the port is open on the manager’s node only; or a firewall';
  const rows: [symptom: string, cause: string, command: string][] = [
    [
      'a service stays pending',
      'no node has its label, its reservation or its port',
      `\`bundle check\`; \`docker service ps --no-trunc ${stack}_NAME\``,
    ],
    [
      '`No such image`',
      'the node cannot pull it',
      `\`docker login\` where you deploy, then \`docker service update --with-registry-auth ${stack}_NAME\``,
    ],
    [
      'a task ends with 137',
      'killed (SIGKILL): out of memory; or it did not end in its time to stop (10 s where Docker itself ends), its ' +
        'health check failed, or somebody did it',
      '`bundle status`, and on its node `docker inspect -f "{{.State.OOMKilled}}" CONTAINER`: only if that is `true`, or ' +
        'the kernel’s log names it, raise its memory',
    ],
    ['the manager restarts', 'it does not reach its store, or not with this user and password', log],
    ...(secretDelivery === 'wrapper'
      ? ([
          [
            'the manager’s tasks end at once, and their error names `/bin/sh`',
            'its image has no shell, which the wrapper needs',
            'another `secretDelivery` in bundle.yaml; `bundle render`, `bundle deploy`',
          ],
        ] satisfies typeof rows)
      : []),
    ...(tls.enabled
      ? ([
          [
            'an agent prints `TLS: Enabled` and never appears in the UI',
            'another CA or token than the manager’s, or a name that its certificate lacks',
            '`bundle verify` compares both',
          ],
        ] satisfies typeof rows)
      : ([
          ['an agent never appears in the UI', 'another token than the manager’s', '`bundle verify`'],
        ] satisfies typeof rows)),
    [
      'agents on other nodes never appear, those on the manager’s do',
      '7946 or 4789 is closed between the nodes',
      'the firewall table; `docker node ls`',
    ],
    [
      'small requests work, large ones hang',
      'MTU: the hosts’ network carries less than 1500',
      '`ping -M do -s 1472 NODE`; set `network.mtu`',
    ],
    [
      'one host or office cannot be reached from the tasks',
      'its address lies in the overlay’s subnet',
      '`bundle check`; set `network.subnet`',
    ],
    ['the UI does not load', where, `\`curl -k ${tls.enabled ? 'https' : 'http'}://NODE:${manager.port}/health\``],
    ['router and Pivot refuse connections', 'the cluster was never started', 'Manage → Start'],
    [
      'a node is lost',
      'its data agent and its volumes wait for it; nothing moves',
      '`docker node ls`; bring it back, or replace it as a new node' +
        (storeEmbedded(answers) ? `; if it is MySQL’s, first “${STORE_LOST}”` : ''),
    ],
    ...(license === 'trial'
      ? ([
          [
            'it worked, and no longer does after 30 days',
            'no licence was given, which starts a 30-day trial',
            '`bundle init . --set secretFiles.license=FILE`, `bundle deploy`',
          ],
        ] satisfies typeof rows)
      : []),
    [
      '`plan` says that a network differs and stays so',
      'docker changes no network that exists',
      '`bundle destroy` (volumes stay), `bundle deploy`: an outage',
    ],
    [
      '`verify` could not tell (exit 7)',
      'this machine does not reach a port',
      'run it elsewhere, or set `verify.probeImage`',
    ],
  ];
  return {
    title: 'When something is wrong',
    markdown: [['What you see', 'Why', 'What to do'], ['---', '---', '---'], ...rows]
      .map((cells) => `| ${cells.join(' | ')} |`)
      .join('\n'),
  };
}
