import type { Engine } from '../engine/port.ts';
import { BundleError, EXIT, messageOf, usageError } from '../errors.ts';
import type { RunHost } from './host-containers.ts';

/** As `openEngine` takes it: a URL or a context's name. */
interface EngineChoice {
  context?: string;
  host?: string;
}

interface EngineFlags extends EngineChoice {
  /** HOST=URL or HOST=CONTEXT. */
  engine: readonly string[];
}

/** The hosts that have services, and those that had some. */
interface HostNames {
  hosts: readonly string[];
  former: readonly string[];
}

export interface OpenHosts {
  open: (RunHost & { engine: Engine })[];
  /** Host to why its engine does not answer. */
  failed: ReadonlyMap<string, string>;
}

/**
 * The engines of hosts, as far as they answer, in the order of those.
 * @param former may be named too
 * @param addresses by host, where the ports are; else where its engine is
 * @throws BundleError (exit 2) for an engine of no host, or if none is named though there are several; (exit 3)
 *   if none answers
 */
export async function openHosts(
  { hosts, former }: HostNames,
  flags: EngineFlags,
  addresses: Readonly<Record<string, string>>,
  openEngine: (choice: EngineChoice) => Promise<Engine>,
): Promise<OpenHosts> {
  const wanted = [...choices({ hosts, former }, flags)];
  const settled = await Promise.allSettled(
    wanted.map(async ([name, choice]) => {
      const engine = await openEngine(choice);
      return { name, engine, address: addresses[name] ?? addressOf(engine) };
    }),
  );
  const open = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  const reasons = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as Error] : []));
  // A wrong flag is no dead engine.
  const fatal =
    reasons.find((reason) => !(reason instanceof BundleError) || reason.exit !== EXIT.preflight) ??
    (open.length === 0 ? reasons[0] : undefined);
  if (fatal !== undefined) {
    await closeHosts(open);
    throw fatal;
  }
  return {
    open,
    failed: new Map(
      settled.flatMap((one, index) =>
        one.status === 'rejected' ? [[wanted[index]?.[0] ?? '', messageOf(one.reason)] as const] : [],
      ),
    ),
  };
}

export async function closeHosts(open: OpenHosts['open']): Promise<void> {
  await Promise.all(open.map(({ engine }) => engine.close()));
}

function choices(
  { hosts, former }: HostNames,
  { engine, context, host }: EngineFlags,
): Iterable<[string, EngineChoice]> {
  const [only = ''] = hosts;
  const all = [...hosts, ...former];
  if (engine.length === 0 && hosts.length > 1)
    throw usageError(
      'run-engine',
      `${hosts.length} hosts, and no engine is named`,
      all.map((name) => `--engine ${name}=ssh://root@${name}`),
    );
  if (engine.length === 0)
    return new Map([
      [only, { ...(context === undefined ? {} : { context }), ...(host === undefined ? {} : { host }) }],
    ]);
  if ((context ?? host) !== undefined)
    throw usageError('run-engine', '--engine and --host or --context both name engines', ['give --engine alone']);
  const named = new Map<string, EngineChoice>();
  for (const flag of engine) {
    const [, name = '', where = ''] = /^([^=]+)=(.+)$/.exec(flag) ?? [];
    if (!all.includes(name))
      throw usageError(
        'run-engine',
        `--engine ${flag}: not HOST=URL or HOST=CONTEXT of a host that has services, or had some`,
        [`hosts: ${all.join(', ')}`],
      );
    if (named.has(name))
      throw usageError('run-engine', `--engine ${flag}: an engine of ${name} is named already`, [
        'give one engine for each host',
      ]);
    named.set(name, where.includes('://') ? { host: where } : { context: where });
  }
  // Hosts that have services first: what is asked of any one host is asked of them.
  return [...named].sort(([one], [other]) => all.indexOf(one) - all.indexOf(other));
}

/** Where a host's ports are, if nobody said: where its engine is. */
function addressOf({ address: { url } }: Engine): string {
  const { protocol, hostname } = new URL(url);
  return protocol === 'unix:' ? '127.0.0.1' : hostname.replace(/^\[|\]$/g, '');
}
