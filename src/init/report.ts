import { join } from 'node:path';
import { FILE } from '../bundle/names.ts';
import { planOf } from '../bundle/plan-of.ts';
import { commandAsStarted } from '../cli/started-as.ts';
import { bundleCommand, type Named } from '../paste-commands.ts';
import type { SecretChange } from '../bundle/secret-changes.ts';
import type { PlannedFile } from '../io/write-files.ts';
import { secretText } from '../wizard/summary.ts';
import { directoryCommands } from '../bundle/host-directories.ts';
import { documentOf } from '../bundle/document-of.ts';
import type { CommandIo } from '../cli/io.ts';
import { jsonText } from '../json-text.ts';
import { keptEditTexts } from '../project/kept-edit.ts';
import type { Decided } from './decide.ts';
import { identityText, type IdentityChange } from './identities.ts';

export interface InitResult {
  decided: Decided;
  /** DIR as the user named it. */
  shown: string;
  isNew: boolean;
  files: PlannedFile[];
  prepared: boolean;
  now: Date;
  /** What an operator must know of it, a sentence each. */
  risks: string[];
  /** How the user named the engine. */
  engine: Omit<Named, 'dir'>;
}

/** What was written, and the next commands. */
export function reportResult(result: InitResult, io: CommandIo): void {
  const { decided, shown, isNew, files, prepared, now, risks, engine } = result;
  const { changes, answered, identities } = decided;
  const { name } = answered.bundle;
  const plan = planOf(answered.bundle);
  const next = (prepared ? ['deploy'] : ['check', 'deploy']).map((command) =>
    commandAsStarted(bundleCommand(command, { ...engine, dir: shown }), io.program),
  );
  if (io.json) {
    io.stdout(
      jsonText({
        stack: name,
        directory: shown,
        result: isNew ? 'created' : 'changed',
        files: files.map(({ path }) => path).sort(),
        secrets: secretFacts(changes),
        identities: identityFacts(identities),
        warnings: [...risks, ...keptEditTexts(files, shown)],
        prepared,
        next,
      }),
    );
    return;
  }
  const lines = [`${name}: ${isNew ? 'bundle written to' : 'bundle changed in'} ${shown}`];
  for (const change of changes)
    if (change.act !== 'keep') lines.push(`  ${change.need.secret}: ${secretText(change, now)}`);
  if (!isNew)
    for (const each of identities) if (each.act !== 'keep') lines.push(`  ${each.name}: ${identityText(each)}`);
  lines.push(...keptEditTexts(files, shown).map((text) => `  ${text}`));
  if (changes.some(({ act }) => act !== 'keep' && act !== 'restore'))
    lines.push(`  Back up ${join(shown, FILE.secrets)}: a swarm never gives a secret back.`);
  const inSwarm = swarmWords(decided, 'new node labels');
  if (prepared && inSwarm !== '') lines.push(`  Its ${inSwarm} are in the swarm; nothing that runs was touched.`);
  const directories = isNew ? directoryCommands(documentOf(plan).document, plan.placements) : [];
  if (directories.length > 0)
    lines.push('Before the first deploy, as root on the nodes:', ...directories.map((command) => `  ${command}`));
  lines.push('Next:', ...next.map((command) => `  ${command}`), `By hand: ${join(shown, FILE.readme)}`);
  io.stdout(`${lines.join('\n')}\n`);
}

/**
 * What a bundle has in a swarm before it is deployed; empty if it has nothing there.
 * @param labels the word for its node labels
 */
export function swarmWords({ changes, answered }: Decided, labels: string): string {
  const { placements } = planOf(answered.bundle);
  return [...(changes.length === 0 ? [] : ['secrets']), ...(placements.length === 0 ? [] : [labels])].join(' and ');
}

/** Nothing to write: said, so that nobody wonders. */
export function reportUnchanged({ answered, changes, identities }: Decided, shown: string, io: CommandIo): void {
  const { name } = answered.bundle;
  if (io.json)
    io.stdout(
      jsonText({
        stack: name,
        directory: shown,
        result: 'unchanged',
        files: [],
        secrets: secretFacts(changes),
        identities: identityFacts(identities),
        warnings: [],
        prepared: false,
        next: [],
      }),
    );
  else io.stdout(`${name}: nothing changed, nothing was written\n`);
}

function secretFacts(changes: SecretChange[]) {
  return changes.map(({ need, version, act }) => ({ secret: need.secret, kind: need.kind.name, version, change: act }));
}

const identityFacts = (identities: readonly IdentityChange[]) =>
  identities.map(({ name, act }) => ({ identity: name, change: act }));
