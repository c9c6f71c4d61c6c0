import type { RunbookSection } from '../../src/sdk/definition.ts';
import { nodeRestart } from '../common/node-restart.ts';
import type { KafkaAnswers } from './answers.ts';
import { administration } from './runbook/administration.ts';
import { authority } from './runbook/authority.ts';
import { brokers } from './runbook/brokers.ts';
import { clients } from './runbook/clients.ts';
import { cluster } from './runbook/cluster.ts';
import { copies } from './runbook/copies.ts';
import { disk } from './runbook/disk.ts';
import { passwords } from './runbook/passwords.ts';
import { version } from './runbook/version.ts';
import { BROKER_GRACE } from './services.ts';

/** What an operator of this cluster must know, for the README.md of its bundle. */
export function runbook(stack: string, answers: KafkaAnswers): RunbookSection[] {
  return [
    clients(stack, answers),
    administration(stack, answers),
    passwords(stack, answers),
    authority(stack, answers),
    cluster(stack, answers),
    restart(answers),
    disk(stack, answers),
    ...(answers.brokers > 1 || answers.controllers.apart ? [copies(stack, answers)] : []),
    ...(answers.controllers.apart ? [brokers(stack, answers)] : []),
    version(stack, answers),
  ];
}

function restart({ brokers, controllers }: KafkaAnswers): RunbookSection {
  const alone = [
    ...(brokers === 1 ? ['broker'] : []),
    ...(controllers.apart && controllers.count === 1 ? ['controller'] : []),
  ];
  return nodeRestart({
    harm: 'A broker that is killed has closed none of its logs, and looks through all of them when it starts again.',
    before:
      (brokers === 1 ? '' : 'nothing is under-replicated, and ') +
      'every controller has caught up (`quorum`)' +
      (alone.length === 0 ? '' : `; clients wait until the only ${alone.join(' and the only ')} is back`),
    longest: BROKER_GRACE,
  });
}
