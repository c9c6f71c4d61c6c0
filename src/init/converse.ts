import { BundleError } from '../errors.ts';
import { terminalColumns } from '../ui/layout.ts';
import type { KnownNode } from '../sdk/definition.ts';
import { clocksApart, momentOf, SET_CLOCK } from '../swarm/clock.ts';
import { namedNodes } from '../wizard/nodes.ts';
import { WentBack, type Prompter } from '../wizard/prompter.ts';
import type { SecretSource, Session } from '../wizard/session.ts';
import { Wizard } from '../wizard/wizard.ts';
import { decide, propose, type Decided, type InitRun, type Proposal } from './decide.ts';
import { wantsDemo } from './demo.ts';
import { canPrepare } from './prepare.ts';
import { swarmWords } from './report.ts';
import { reopened } from './reopened.ts';
import { resolvePath } from './session.ts';
import { introduce, showSummary } from './summary.ts';

/** What a person decided in the end. */
export interface Settled {
  decided: Decided;
  proposal: Proposal;
  /** Whether the swarm is prepared there and then. */
  prepare: boolean;
}

type End = 'prepare' | 'write' | 'change' | 'leave';

/**
 * Asks a person for all that is open, shows the summary, and changes what is to be changed. @returns undefined for no
 */
export async function converse(start: Session, run: InitRun, prompter: Prompter): Promise<Settled | undefined> {
  const { swarm, existing, io } = run;
  introduce({ session: start, io, shown: run.options.dir, isNew: !existing });
  const seen = await swarm.look();
  if (!seen.nodes) {
    if (await wantsDemo(start, run, prompter, seen.why)) return undefined;
    prompter.say(`  No node list to choose from: ${seen.why}. Type the nodes’ host names.`);
  }
  const { here, there } = momentOf({ now: () => run.now().getTime() }, seen.ahead ?? NaN);
  const apart = there && clocksApart(there.toISOString(), here.getTime());
  if (apart !== undefined) prompter.say(`  Warning: ${apart}; ${SET_CLOCK}.`);
  const nodes = start.nodesNamed === true ? namedNodes(hostnames(start.nodes), seen.nodes) : seen.nodes;
  const wizard = new Wizard({ ...start, nodes, swarmNodes: seen.nodes }, prompter, {
    files: { source: (typed) => fileSource(typed, run), read: run.read, now: run.now },
    findImage: (reference) => swarm.findImage(reference),
    heldImages: () => swarm.heldImages(),
    columns: terminalColumns,
  });
  const said = new Map<string, boolean>();
  for (;;) {
    const session = await wizard.complete();
    try {
      const decided = await decide(session, run, prompter, said);
      const end = await atSummary(decided, run, prompter);
      if (end.wish === 'leave' && end.proposal.known?.length !== 0) {
        io.stderr('Nothing was written.\n');
        return undefined;
      }
      if (end.wish !== 'change') return { decided, proposal: end.proposal, prepare: end.wish === 'prepare' };
      await wizard.change();
    } catch (error) {
      if (error instanceof WentBack) {
        wizard.back();
        continue;
      }
      const next = error instanceof BundleError ? reopened(wizard.session, error) : undefined;
      if (!next) throw error;
      const { message, hints } = error as BundleError;
      prompter.say(`\n  ${[message, ...hints].join('\n    ')}\n`);
      wizard.replace(next);
    }
  }
}

async function atSummary(
  decided: Decided,
  run: InitRun,
  prompter: Prompter,
): Promise<{ wish: End; proposal: Proposal }> {
  const { options, existing } = run;
  const proposal = await propose(decided, run);
  const nothing = proposal.known?.length === 0;
  if (!nothing) showSummary({ decided, run, files: proposal.known });
  const inSwarm = swarmWords(decided, 'node labels');
  const prepare = inSwarm !== '' && (await canPrepare(run));
  const what = existing ? 'these changes' : 'the bundle';
  const choices: { value: End; name: string }[] = [
    ...(nothing || !prepare
      ? []
      : [{ value: 'prepare' as const, name: `write ${what}, and make its ${inSwarm} in the swarm` }]),
    ...(nothing ? [] : [{ value: 'write' as const, name: prepare ? `write ${what} only` : `write ${what}` }]),
    ...(nothing ? [{ value: 'leave' as const, name: 'leave it as it is' }] : []),
    { value: 'change', name: 'change an answer' },
    ...(nothing ? [] : [{ value: 'leave' as const, name: 'leave, and write nothing' }]),
  ];
  const message = nothing
    ? `Nothing in ${options.dir} changes. What next?`
    : existing
      ? `Write these changes to ${options.dir}?`
      : `Write the bundle to ${options.dir}?`;
  const wish = (await prompter.select({ message, back: true, choices })) as End;
  return { wish, proposal };
}

const hostnames = (nodes: readonly KnownNode[] = []): string[] => nodes.map(({ hostname }) => hostname);

function fileSource(typed: string, { io }: InitRun): SecretSource {
  return { from: 'file', path: resolvePath(io.cwd, typed, io), shown: typed };
}
