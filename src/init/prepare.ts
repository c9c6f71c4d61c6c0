import { BundleError } from '../errors.ts';
import { bundleCommand, engineFlags } from '../paste-commands.ts';
import type { CommandIo } from '../cli/io.ts';
import type { InitRun } from './decide.ts';
import type { InitOptions } from './options.ts';

/** Whether the bundle's secrets and labels can be made there and then: if a manager is reachable, and it is wanted. */
export async function canPrepare({ options, swarm }: InitRun): Promise<boolean> {
  return options.prepare !== false && (await swarm.look()).nodes !== undefined;
}

/**
 * Why an engine that a flag names was not prepared by a run without questions; undefined if it can be, or none is
 * named, or it is not wanted.
 */
export async function whyUnprepared({ options, swarm }: InitRun): Promise<string | undefined> {
  if (options.yes !== true || options.prepare === false || engineFlags(options).length === 0) return undefined;
  const { why } = await swarm.look();
  return why === undefined
    ? undefined
    : `nothing was made in the swarm that ${engineFlags(options).join(' ')} names: ${why}`;
}

/**
 * Makes them.
 * @param what they are, as `swarmWords` names them
 * @throws BundleError of `prepare`, which also says that the bundle is written, and what of the swarm is not
 */
export async function prepareNow({ options, io, seams, dir }: InitRun, what: string): Promise<void> {
  try {
    await (seams.prepare ?? prepareWith(options, io))(dir);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    const { code, message, exit, hints, details } = error;
    const lacks = what === '' ? 'the swarm is not ready for it' : `its ${what} are not all in the swarm`;
    // What `prepare` may ignore, this command does not take.
    const go =
      code === 'check-failed'
        ? [`fix it, or continue with \`${bundleCommand('prepare', options, '--ignore', 'NAME')}\``]
        : [...hints, `then: \`${bundleCommand('prepare', options)}\``];
    throw new BundleError(code, `the bundle in ${options.dir} is written; ${lacks}: ${message}`, {
      exit,
      details,
      hints: go,
    });
  }
}

function prepareWith(options: InitOptions, io: CommandIo): (dir: string) => Promise<void> {
  return async (dir) => {
    const { run } = await import('../commands/prepare/run.ts');
    const engine = {
      ...(options.context === undefined ? {} : { context: options.context }),
      ...(options.host === undefined ? {} : { host: options.host }),
    };
    // Standard output, and what comes next, are init's own.
    await run({ dir, yes: true, ignore: [], ...engine }, { ...io, json: false, stdout: () => undefined });
  };
}
