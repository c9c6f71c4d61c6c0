import { LABEL } from '../bundle/names.ts';
import { NO_BACKUP } from '../bundle/lost-secrets.ts';
import type { SecretState } from '../bundle/secret-state.ts';
import type { ServiceSpec } from '../compose/spec.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { bundleCommand, dockerCommand } from '../paste-commands.ts';
import { versionOf, wasEverGood } from '../release/choose.ts';
import { readHistory } from '../release/store.ts';
import type { CheckContext, Finding } from './check.ts';

/** Whether the file in secrets/ is of another version, and the swarm has one of the locked name. */
export const isUnused = ({ otherOnDisk, state }: SecretState): boolean => otherOnDisk && state !== 'changed';

/** What is wrong with the secrets that stack.yml names, as they stand on disk, in the lock and in the swarm. */
export async function stateFindings(context: CheckContext): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const secret of context.secrets) {
    findings.push(
      ...(secret.state === 'differs' ? [await differing(secret, context)] : stateFinding(secret, context)),
      ...(isUnused(secret) ? [unused(secret, context)] : []),
    );
  }
  return [...findings, ...otherForEnvironment(context).map((each) => unused(each, context))];
}

/** A part of a secret that stack.yml takes from the environment, and not from a file that the swarm has. */
interface EnvironmentPart {
  need: SecretNeed;
  part: string;
  file: string;
}

/** Those of which the file in secrets/ is of another version: what a deployment would need, and no service is given. */
export function otherForEnvironment({
  plan,
  secrets,
  secretValue,
  lockedValue,
}: Pick<CheckContext, 'plan' | 'secrets' | 'secretValue' | 'lockedValue'>): EnvironmentPart[] {
  const taken = Object.values(plan.environment);
  return plan.secrets.flatMap((need) =>
    Object.entries(need.files).flatMap(([part, file]) => {
      const one = { secret: need.secret, part };
      if (!taken.some((each) => each.secret === need.secret && each.part === part)) return [];
      if (secrets.some((each) => each.need.secret === need.secret && each.part === part)) return [];
      return secretValue(one) !== undefined && lockedValue(one) === undefined ? [{ need, part, file }] : [];
    }),
  );
}

function unused({ need, part, file }: EnvironmentPart, { plan }: CheckContext): Finding {
  // The next change deploys its value: without the file that is refused as well.
  const isTaken = Object.values(plan.environment).some((each) => each.secret === need.secret && each.part === part);
  return {
    level: 'warning',
    text: `secrets/${file} is of another version than bundle.lock.json means, and is not used`,
    hint:
      `get the present one from who replaced it${isTaken ? '' : ', or remove the file'}; only if it was replaced here ` +
      'on purpose, `bundle init` on this directory locks it as a new version',
  };
}

function stateFinding({ name, file, content, state }: SecretState, context: CheckContext): Finding[] {
  switch (state) {
    case 'changed':
      return [
        {
          level: 'error',
          text: `secrets/${file} is not the content that bundle.lock.json means`,
          hint:
            'restore the file: it may be of a version that was replaced since; only if it was replaced here on purpose, ' +
            '`bundle init` on this directory locks it as a new version',
        },
      ];
    case 'foreign':
      if (context.adopt)
        return [
          {
            level: 'warning',
            text: `${name} was not made by bundle; its content cannot be read back and is taken on trust (--adopt)`,
          },
        ];
      return [
        {
          level: 'error',
          text: `the swarm has a secret ${name} that bundle did not make`,
          hint: `remove it, or take it over as it is: \`${bundleCommand('deploy', context.named, '--adopt')}\``,
        },
      ];
    case 'lost':
      // On disk, and not to be judged: a fault of secrets/ itself, which is reported as such.
      if (content || context.secretFaults.some(({ level }) => level === 'error')) return [];
      if (!context.live) {
        const text = `${name}: not on this disk, and the swarm cannot be asked`;
        return context.secretsOnDisk
          ? [{ level: 'unsure', text, hint: `restore secrets/${file} from your backup; ${NO_BACKUP}` }]
          : [{ level: 'not-run', text }];
      }
      return [
        {
          level: 'error',
          text: `${name} is neither in the swarm nor on this disk`,
          hint: `run this where the bundle’s secrets/ is, or restore it; ${NO_BACKUP}`,
        },
      ];
    case 'differs':
    case 'missing':
    case 'present':
      return [];
  }
}

/** A rotation that was taken back left it, or the lockfile is older than what runs. */
async function differing(secret: SecretState, context: CheckContext): Promise<Finding> {
  return {
    level: 'error',
    text:
      `the swarm’s secret ${secret.name} has another content than bundle.lock.json means (its fingerprint label ` +
      'differs)',
    hint: await wayOut(secret, context),
  };
}

async function wayOut({ name, need, part, live }: SecretState, context: CheckContext): Promise<string> {
  const { stack, named } = context;
  const [, version] = versionOf(name);
  const label = live?.labels[LABEL.fingerprint];
  const { releases } = context.live ? await readHistory(context.live.engine, stack) : { releases: [] };
  const release = releases.find(({ lock: { secrets } }) => {
    const locked = secrets[need.secret];
    return locked?.version === version && locked.fingerprints[part] === label;
  });
  const made = release && `release ${release.number} of ${stack} (${release.by}, ${release.at.slice(0, 10)})`;
  if (!isMounted(name, context)) {
    const lost = release && wasEverGood(release) ? `; ${made}, which has it, cannot be brought back then` : '';
    return `no service mounts it: \`${dockerCommand(named, 'secret', 'rm', name)}\`, then the same command again${lost}`;
  }
  const older = 'bundle.lock.json here is older than what was deployed: bring the checkout up to date';
  return (
    (made === undefined ? `a service mounts it: if ${older}` : `${made} has it: if that is this bundle, ${older}`) +
    '; if it was made from another bundle, use another stack name'
  );
}

/** By a service of whatever stack: docker removes none that is mounted. */
function isMounted(name: string, { live }: CheckContext): boolean {
  return (live?.services ?? []).some(({ spec }) =>
    ((spec as ServiceSpec).TaskTemplate?.ContainerSpec?.Secrets ?? []).some(
      ({ SecretName = '' }) => SecretName?.toLowerCase() === name.toLowerCase(),
    ),
  );
}
