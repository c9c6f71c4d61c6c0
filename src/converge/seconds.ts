import type { ConvergeOptions, ServiceProgress } from './options.ts';
import { spanText } from '../span.ts';
import { systemClock, type Clock } from '../swarm/clock.ts';
import type { ProgressLine, Reporter } from '../ui/reporter.ts';
import { WaitLines } from '../ui/wait-lines.ts';

/**
 * Tells how each service is, and for how long it has been waited for; of those that run, how long it took. In a pipe
 * seconds come with the end only: a line for each would fill the log.
 */
export function convergeProgress(
  reporter: Pick<Reporter, 'live' | 'progress' | 'detail'>,
  clock: Pick<Clock, 'now'> = systemClock,
): { [Key in 'onProgress' | 'onWaiting']: NonNullable<ConvergeOptions[Key]> } {
  const wait = new WaitLines(reporter as Reporter);
  const began = new Map<string, number>();
  const took = new Map<string, number>();
  const line = (service: ServiceProgress): ProgressLine => {
    const { name, running, wanted, phase, state } = service;
    const now = clock.now();
    if (!began.has(name)) began.set(name, now);
    const waited = now - (began.get(name) ?? now);
    if (state === 'converged') {
      if (!took.has(name)) took.set(name, waited);
      // A converged service goes on being steady: its seconds are no news.
      return { name, text: `${running}/${wanted} running  ${spanText(took.get(name) ?? 0)}`, state: 'done' };
    }
    took.delete(name);
    const seconds = reporter.live ? `  ${spanText(waited)}` : '';
    return { name, text: `${running}/${wanted} ${phase}${seconds}`, state: state === 'failed' ? 'failed' : 'waiting' };
  };
  return {
    onProgress: (services) => reporter.progress(services.map(line)),
    onWaiting: (services, waited) =>
      wait.show(
        services.map(line),
        services.flatMap(({ name, state, phase }) => (state === 'waiting' ? [`${name} (${phase})`] : [])),
        waited,
      ),
  };
}
