import { shellWord } from '../../shell-word.ts';
import { containerName } from './command.ts';
import { servicesIn } from './script.ts';
import { folderOn } from './readme.ts';

/** The run.sh of one host, of a rendering. */
export interface HostScript {
  host: string;
  script: string;
}

/** A service that a host had in the rendering before, and has no longer. */
export interface Left {
  host: string;
  service: string;
  container: string;
  /** The host that has it now; absent if none has. */
  now?: string;
  /** Nothing else of the stack is on that host. */
  wholeHost: boolean;
}

/** What no run.sh starts any more, and none stops: it runs on until somebody does. */
export function leftBehind(stack: string, before: readonly HostScript[], now: readonly HostScript[]): Left[] {
  const hostOf = new Map(now.flatMap(({ host, script }) => servicesIn(script).map((service) => [service, host])));
  return before.flatMap(({ host, script }) =>
    servicesIn(script).flatMap((service): Left[] => {
      const there = hostOf.get(service);
      if (there === host) return [];
      return [
        {
          host,
          service,
          container: containerName(stack, service),
          ...(there === undefined ? {} : { now: there }),
          wholeHost: now.every((one) => one.host !== host),
        },
      ];
    }),
  );
}

/** A line for each host that lost a service: what is to be stopped there, and how. */
export function leftText(stack: string, left: readonly Left[]): string[] {
  return [...new Set(left.map(({ host }) => host))].map((host) => {
    const own = left.filter((one) => one.host === host);
    const services = own.map(
      ({ service, now }) => `${service} (${now === undefined ? 'no longer in bundle.yaml' : `now on ${now}`})`,
    );
    const names = own.map(({ container }) => shellWord(container)).join(' ');
    const folder = own.some(({ wholeHost }) => wholeHost)
      ? `; nothing else of ${stack} is on ${host}: remove ${folderOn(stack)}/secrets there`
      : '';
    const takers = [...new Set(own.flatMap(({ now }) => now ?? []))];
    const before = takers.length === 0 ? `On ${host}` : `Before run.sh on ${takers.join(', ')}, on ${host}`;
    return (
      `${host} no longer has ${services.join(', ')}: no run.sh stops what runs there. ${before}: ` +
      `docker stop ${names} && docker rm ${names} (volumes stay on ${host})${folder}`
    );
  });
}
