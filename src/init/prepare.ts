import type { Prompter } from '../wizard/prompter.ts';
import { BundleError } from '../errors.ts';
import type { CommandIo } from '../cli/io.ts';
import type { InitOptions, InitSeams } from './options.ts';
import type { Swarm } from './swarm.ts';

export interface PrepareOffer {
  options: InitOptions;
  io: CommandIo;
  seams: InitSeams;
  swarm: Swarm;
  prompter: Prompter | undefined;
  dir: string;
}

/** Whether the bundle's secrets and labels are made there and then: if a manager is reachable and the user wants it. */
export async function wantsPrepare({ options, swarm, prompter }: PrepareOffer): Promise<boolean> {
  if (options.prepare === false || (!prompter && options.yes !== true)) return false;
  const seen = await swarm.look();
  if (!seen.nodes) return false;
  return (
    !prompter ||
    prompter.confirm({
      message: 'A swarm manager is reachable. Make the secrets and node labels in it now?',
      default: true,
    })
  );
}

/** Makes them. @throws BundleError of `prepare`, which also says that the bundle is written by now */
export async function prepareNow({ options, io, seams, dir }: PrepareOffer): Promise<void> {
  try {
    await (seams.prepare ?? prepareWith(options, io))(dir);
  } catch (error) {
    if (!(error instanceof BundleError)) throw error;
    const { code, message, exit, hints, details } = error;
    throw new BundleError(code, `the bundle is written, but not prepared: ${message}`, {
      exit,
      details,
      hints: [...hints, `then: bundle prepare ${options.dir}`],
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
