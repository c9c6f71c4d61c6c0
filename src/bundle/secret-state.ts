import type { SwarmSecret } from '../engine/port.ts';
import type { Material } from '../sdk/kind.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { fingerprints } from './fingerprint.ts';
import type { Lock, LockedSecret } from './lock.ts';
import { isLocked, lockedAs } from './lock-entry.ts';
import { LABEL, secretLabels, swarmSecretName } from './names.ts';

/** One part of a secret that stack.yml names, as it stands on disk, in the lock and in the swarm. */
export interface SecretState {
  need: SecretNeed;
  part: string;
  /** File below `secrets/`; also the key in stack.yml. */
  file: string;
  /** Name in the swarm, with its version. */
  name: string;
  /** When this version was made, ISO 8601. */
  created: string;
  /** Of a certificate that a CA of the bundle issued: what for. */
  issued?: LockedSecret['issued'];
  /** Labels it must bear. */
  labels: Record<string, string>;
  /** Content, if it is on disk. */
  content: Buffer | undefined;
  /** What is on disk is another content than the lock means: of another version, or replaced by hand. */
  otherOnDisk: boolean;
  /** The swarm's object of that name. */
  live: SwarmSecret | undefined;
  /**
   * present: in the swarm with our fingerprint, whatever is on disk · missing: on disk, to be made · foreign: that name
   * is in the swarm without our fingerprint · differs: in the swarm with another fingerprint · changed: not in the
   * swarm, and the file on disk is not what the lock says · lost: neither on disk nor in the swarm
   */
  state: 'present' | 'missing' | 'foreign' | 'differs' | 'changed' | 'lost';
}

export interface SecretInputs {
  stack: string;
  needs: SecretNeed[];
  lock: Lock;
  /** Keys of the document's top-level `secrets`: what is not mounted is not made. */
  used: Set<string>;
  key: Buffer | undefined;
  materials: Record<string, Material>;
  live: SwarmSecret[];
}

/**
 * The state of every part, in the order of the needs. Secrets without a locked version are left out: rendering has
 * refused them.
 */
export function secretStates(inputs: SecretInputs): SecretState[] {
  const byName = new Map(inputs.live.map((secret) => [secret.name.toLowerCase(), secret]));
  return inputs.needs.flatMap((need) => {
    const locked = lockedAs(need, inputs.lock);
    if (!locked) return [];
    const material = inputs.materials[need.secret];
    const actual = material && inputs.key ? fingerprints(inputs.key, need.secret, material) : undefined;
    return Object.entries(need.files)
      .filter(([, file]) => inputs.used.has(file))
      .map(([part, file]): SecretState => {
        const name = swarmSecretName(inputs.stack, file, locked.version);
        // Swarm's secret names are unique ignoring case.
        const live = byName.get(name.toLowerCase());
        const fingerprint = locked.fingerprints[part] ?? '';
        return {
          need,
          part,
          file,
          name,
          created: locked.created,
          issued: locked.issued,
          labels: secretLabels(inputs.stack, need, part, locked),
          content: material?.[part],
          otherOnDisk: isOther(fingerprint, actual?.[part]),
          live,
          state: judge(live, fingerprint, actual?.[part]),
        };
      });
  });
}

/**
 * The secrets, by their key in bundle.lock.json, of which the files here are of another version than it means, and are
 * not needed: the swarm has each part that a service mounts, as locked. Pure.
 */
export function unusedOnDisk(inputs: SecretInputs): Set<string> {
  const { needs, lock, key, materials } = inputs;
  const states = secretStates(inputs);
  const unused = needs.filter((need) => {
    const [locked, material] = [lockedAs(need, lock), materials[need.secret]];
    if (!locked || !material || !key || isLocked(locked, key, need.secret, material)) return false;
    return states.every((each) => each.need !== need || each.state === 'present');
  });
  return new Set(unused.map(({ secret }) => secret));
}

const isOther = (locked: string, actual: string | undefined): boolean => actual !== undefined && actual !== locked;

function judge(live: SwarmSecret | undefined, locked: string, actual: string | undefined): SecretState['state'] {
  if (!live) return actual === undefined ? 'lost' : isOther(locked, actual) ? 'changed' : 'missing';
  const label = live.labels[LABEL.fingerprint];
  if (label === undefined) return 'foreign';
  return label === locked ? 'present' : 'differs';
}
