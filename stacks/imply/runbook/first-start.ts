import type { RunbookSection } from '../../../src/sdk/definition.ts';
import type { ImplyAnswers } from '../answers.ts';
import { managerAddress, managerNode } from '../members.ts';

/** What an operator must do once, by hand, after the first deployment. */
export function firstStart(answers: ImplyAnswers): RunbookSection {
  const { tls, manager } = answers;
  const scheme = tls.enabled ? 'https' : 'http';
  const anyNode = manager.portMode === 'ingress' ? ' (or any other node: the port is open on all)' : '';
  return {
    title: 'After the first start',
    firstStart: true,
    markdown: [
      `1. Open \`${scheme}://${managerNode(answers)}:${manager.port}\`${anyNode} **at once** and create the ` +
        'super user: whoever comes first is asked to. If log-in fails right after the start, wait five minutes.',
      ...(tls.enabled
        ? [
            `   Your browser must trust \`secrets/imply-ca.crt\`. The certificate names ` +
              `\`${managerAddress(answers)}\`, not the node: expect a name warning.`,
          ]
        : []),
      `2. Start the cluster \`${answers.agents.cluster}\` once (Manage → Start). Agents are not ready before ` +
        'that, and that is no failure.',
      '3. Read the initial user and password of the Druid API in the cluster’s API tab, and keep them; they ' +
        'show only while the cluster runs.',
      '4. `bundle verify`: what runs, says and serves now.',
    ].join('\n'),
  };
}
