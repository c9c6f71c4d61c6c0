/** `npm run demo -- --down`. */
import { buildBundle } from '../build.mjs';
import { down, remainsOf, unreachableReason } from '../lab/lab.ts';
import { runBundle } from './run.ts';
import { forget, hasBundle, type Target } from './target.ts';

/**
 * Removes demos: the lab with all that is in it; from a swarm of the user's what `bundle destroy` removes. A directory
 * goes last, since it has the only copy of its cluster's secrets.
 * @returns 0, or 1 if one of them is still there: it was told how to go on
 */
export async function removeDemos(targets: readonly Target[], lab: string): Promise<number> {
  let code = 0;
  for (const target of targets) {
    const gone = target.flags.length === 0 ? await removeLab(target, lab) : await removeFromSwarm(target);
    if (!gone) code = 1;
  }
  return code;
}

async function removeLab(target: Target, lab: string): Promise<boolean> {
  const why = unreachableReason();
  if (why !== undefined) {
    process.stdout.write(`demo: the lab of an earlier demo cannot be removed: ${why}\n`);
    return false;
  }
  if (remainsOf(lab).length > 0) await down(lab);
  await forget(target);
  process.stdout.write('demo: gone (swarm, containers, images, bundle directory)\n');
  return true;
}

async function removeFromSwarm(target: Target): Promise<boolean> {
  if (hasBundle(target)) {
    await buildBundle();
    const code = await runBundle(['destroy', target.cluster, '--yes', '--volumes', ...target.flags]);
    if (code !== 0) {
      process.stdout.write(
        `\ndemo: \`bundle destroy\` ended with exit code ${code}. ${target.dir} stays: it has the only copy of that ` +
          `cluster's secrets.\nTry again; if that swarm is gone for good: rm -r ${target.dir}\n`,
      );
      return false;
    }
  }
  await forget(target);
  process.stdout.write(`demo: gone from the swarm of${target.flags.map((each) => ` ${each}`).join('')}, `);
  process.stdout.write('with its bundle directory; no other swarm was touched\n');
  return true;
}
