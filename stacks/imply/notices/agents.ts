import type { Notice } from '../../../src/sdk/definition.ts';
import type { ImplyAnswers } from '../answers.ts';
import { members } from '../members.ts';

/** What the numbers, places and sizes of the agents risk. */
export function agentNotices(answers: ImplyAnswers): Notice[] {
  return [...masters(answers), ...queries(answers), ...sizes(answers)];
}

/** The vendor documents high availability from three masters on [docs.imply.io/latest/cluster-management]. */
function masters(answers: ImplyAnswers): Notice[] {
  const { replicas } = answers.agents.master;
  if (replicas === 1) return [];
  if (replicas === 2) {
    return [
      {
        name: 'two-masters',
        level: 'warning',
        text:
          'agents.master.replicas is 2: the vendor documents high availability from three masters on; what two ' +
          'give when one is lost is not documented',
        hint: 'set it to 3, on a node each, or to 1',
      },
    ];
  }
  const placed = members(answers).filter(({ role }) => role === 'master');
  const most = Math.max(...placed.map(({ node }) => placed.filter((other) => other.node === node).length));
  if (most <= replicas / 2) return [];
  return [
    {
      name: 'masters-together',
      level: 'warning',
      text: `${most} of ${replicas} master agents are on one node: with that node most of them are lost`,
      hint: 'name a node for each in agents.master.nodes',
    },
  ];
}

/** Pivot keeps its state in a local file unless told otherwise [docs.imply.io/latest/server-configuration]. */
function queries(answers: ImplyAnswers): Notice[] {
  const { replicas } = answers.agents.query;
  if (replicas === 1) return [];
  return [
    {
      name: 'pivot-state',
      level: 'warning',
      text:
        `${replicas} query agents each run a Pivot: by the vendor’s documentation its state lies in a local ` +
        'SQLite file, so that each would have users and dashboards of its own, until its stateStore is a database',
      hint: 'see “Several query agents” in the runbook; how the manager hands that setting to Pivot is not documented',
    },
  ];
}

/** An engine offers the scheduler a little less memory than a machine is sold with. */
function sizes(answers: ImplyAnswers): Notice[] {
  if (answers.agents.size !== 'production') return [];
  return [
    {
      name: 'size-production',
      level: 'info',
      text:
        'agents.size is production: each agent reserves the hardware that the vendor advises for a host of its ' +
        'own; a machine sold with 61 GiB shows the scheduler somewhat less, and would not take a data or query ' +
        'agent',
      hint: 'if `bundle check` says so, set for example agents.data.reserve.memory to 56G',
    },
  ];
}
