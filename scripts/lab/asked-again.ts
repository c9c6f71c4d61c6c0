/** The docker CLI on a swarm that has no leader for a moment, or on a machine that stood still: asked again. */
import { CommandError } from './exec.ts';
import type { Lab } from './handle.ts';
import { poll } from './poll.ts';

/** Managers elect a leader in seconds; a busy machine is given more. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 1_000;

/** Words of an engine that got no answer from the swarm's leader. */
const NO_ANSWER =
  /does not have a leader|no elected cluster leader|context deadline exceeded|code = (Unavailable|DeadlineExceeded)\b/;
/** Of a write that was refused since the object had been written meanwhile: nothing was done. */
const OVERTAKEN = /update out of sequence/;

/** Commands and verbs that change nothing. */
const LOOKS = /^(info|version|ps|logs|inspect|events|\w+ (ls|ps|inspect|services|logs)|swarm join-token)( |$)/;
/** What is the same if it is done twice. */
const SETTINGS = /^(service scale|node (update|promote|demote))( |$)/;

/** Whether a docker command that failed may be given once more as it is, by what it does and what the engine said. */
export function mayBeAskedAgain(args: readonly string[], said: string): boolean {
  if (OVERTAKEN.test(said)) return true;
  if (!NO_ANSWER.test(said)) return false;
  const command = args.join(' ');
  return (LOOKS.test(command) && !args.includes('--rotate')) || SETTINGS.test(command);
}

const patient = new WeakSet<Lab>();

/**
 * The same lab, on which a docker command that has to succeed is given again for a minute if `mayBeAskedAgain`. Each
 * time is printed. One whose failure the caller looks at (`check: false`) is given once, as ever.
 */
export function patientLab(lab: Lab, { patienceMs = PATIENCE_MS, pauseMs = PAUSE_MS } = {}): Lab {
  if (patient.has(lab)) return lab;
  const docker: Lab['docker'] = async (host, args, options) => {
    if (options?.check === false) return lab.docker(host, args, options);
    const until = performance.now() + patienceMs;
    return poll(`docker ${args[0] ?? ''} on ${host}`, Infinity, async () => {
      try {
        return await lab.docker(host, args, options);
      } catch (error) {
        if (!(error instanceof CommandError) || performance.now() >= until) throw error;
        if (!mayBeAskedAgain(args, error.result.stderr)) throw error;
        process.stderr.write(`lab ${lab.id}: ${error.message}: asked again\n`);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
        return undefined;
      }
    });
  };
  const own = { ...lab, docker };
  patient.add(own);
  return own;
}
