/**
 * Whose a job is, as its labels say: several operators may look at one stack at once, so a job is not left over only
 * because it is there.
 */
export interface JobOwner {
  host: string;
  /** Of the kernel; empty if it is not known. */
  boot: string;
  pid: number;
}

const KEY = {
  host: 'bundle.job.host',
  boot: 'bundle.job.boot',
  pid: 'bundle.job.pid',
  until: 'bundle.job.until',
} as const;
/** Two managers' clocks may differ, and an owner that is late still removes its own. */
const MARGIN_MS = 60_000;
/** No job of a build that did not write until when runs so long. */
const LONGEST_MS = 15 * 60_000;

/** @param until when its owner will have removed it, in ms by the swarm's clock */
export function ownerLabels({ host, boot, pid }: JobOwner, until: number): Record<string, string> {
  return { [KEY.host]: host, [KEY.boot]: boot, [KEY.pid]: String(pid), [KEY.until]: new Date(until).toISOString() };
}

/**
 * Whether nobody will remove a job any more: its time is over, or its owner was a process of this machine that has
 * ended.
 * @param now the swarm's clock, in ms
 * @param createdAt by that clock, for a kind that builds before this one made without an owner; without it, a job that
 *   has none is left over
 */
export function isLeftOver(
  labels: Readonly<Record<string, string>>,
  now: number,
  me: Omit<JobOwner, 'pid'> & { isAlive: (pid: number) => boolean },
  createdAt?: string,
): boolean {
  const until = Date.parse(labels[KEY.until] ?? '');
  if (Number.isNaN(until)) return createdAt === undefined || now > Date.parse(createdAt) + LONGEST_MS;
  if (now > until + MARGIN_MS) return true;
  const pid = Number(labels[KEY.pid]);
  return me.boot !== '' && labels[KEY.boot] === me.boot && labels[KEY.host] === me.host && pid > 0 && !me.isAlive(pid);
}
