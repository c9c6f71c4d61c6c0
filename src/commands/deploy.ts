import { EXIT, type ExitCode } from '../errors.ts';
import { reportJson } from '../verify/report-json.ts';
import { act, type Done } from './act.ts';
import { confirm } from './confirm.ts';
import { durationOption } from './duration.ts';
import type { CommandIo } from './io.ts';
import { locked } from './locked.ts';
import type { CommonOptions } from './options.ts';
import { verificationText } from './report-verification.ts';
import { requireUnchanged, review, type Review } from './review.ts';
import { orGoBack } from './rollback-on-failure.ts';
import { load, openEngine } from './session.ts';

export interface DeployOptions extends CommonOptions {
  yes?: boolean;
  adopt?: boolean;
  timeout: string;
  /** commander's `--no-verify` */
  verify: boolean;
  /** Certificates that are due are issued again first. */
  renew?: boolean;
  rollbackOnFailure?: boolean;
  ignore: string[];
}

/** `bundle deploy`: checks, plan, question, then under the stack's lock all that `act` does. Without a change nothing is written to a service. */
export async function run(options: DeployOptions, io: CommandIo): Promise<ExitCode> {
  const timeoutMs = durationOption('--timeout', options.timeout);
  if (options.renew === true) await (await import('./renew-certificates.ts')).renewCertificates(options, io);
  const loaded = await load(options, io);
  const { name } = loaded.directory.bundle;
  const engine = await openEngine(options, io);
  try {
    let shown: Review | undefined;
    if (options.yes !== true) {
      shown = await review(engine, loaded, options, io, true);
      if (!shown.plan.empty && !(await confirm(`Deploy ${name}?`, false, io))) {
        io.stderr('nothing was changed\n');
        return EXIT.done;
      }
    }
    return await locked(engine, name, 'deploy', io, async (inner) => {
      const seen = await review(engine, loaded, options, inner, shown === undefined);
      if (shown) requireUnchanged(shown, seen);
      const work = () => act(engine, loaded, seen, { timeoutMs, verify: options.verify }, inner);
      const done = options.rollbackOnFailure === true ? await orGoBack(engine, loaded, { timeoutMs, ignore: options.ignore }, inner, work) : await work();
      reportDone(io, name, done);
      return done.verification?.exit ?? EXIT.done;
    });
  } finally {
    await engine.close();
  }
}

/** Prints what a deployment or a rollback did. */
export function reportDone(io: CommandIo, stack: string, { plan, steps, release, verification }: Done): void {
  if (io.json) {
    const verified = verification ? { verification: reportJson(verification) } : {};
    io.stdout(`${JSON.stringify({ stack, release, plan, done: steps, converged: true, ...verified }, null, 2)}\n`);
    return;
  }
  if (verification) io.stdout(verificationText(verification, 'text', io));
  io.stdout(steps.length === 0 ? `${stack}: nothing was to be done, nothing was restarted\n` : `${stack} runs, release ${release}\n`);
}
