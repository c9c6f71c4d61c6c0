import { X509Certificate } from 'node:crypto';
import { isUnlimitedRoot } from '../../secrets/index.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { dialledUnder } from '../bundle/dialled-names.ts';
import type { Lock } from '../bundle/lock.ts';
import { lockedPart } from '../bundle/lock-entry.ts';
import { wasTried, type Notes } from '../bundle/notes.ts';
import type { SecretStore } from './secret-store.ts';
import { systemSource } from './system.ts';
import { tryAuthority, type AuthorityFault } from './try-authority.ts';

/** A CA of the bundle that clients refuse. */
export interface RefusedAuthority {
  /** Its key in bundle.lock.json. */
  secret: string;
  fault: AuthorityFault;
  /** False if a build wrote the bundle that took a CA without trying it by the verifiers of all its clients. */
  tried: boolean;
}

/** The CAs of a bundle whose certificates clients refuse, as far as their locked material is on this disk. */
export async function authorityFaults(
  plan: StackPlan,
  secrets: Pick<SecretStore, 'key' | 'materials'>,
  { lock, notes }: { lock: Lock; notes: Notes },
): Promise<RefusedAuthority[]> {
  const result: RefusedAuthority[] = [];
  for (const { secret, kind } of plan.secrets) {
    const material = kind.issues === undefined ? undefined : secrets.materials[secret];
    if (!material || !mayBeRefused(lockedPart({ lock, secrets }, { secret, part: 'certificate' }))) continue;
    const dialled = dialledUnder(plan, secret);
    const fault = await tryAuthority(material, dialled, systemSource).catch(() => undefined);
    if (fault) result.push({ secret, fault, tried: wasTried(notes, lock, secret, dialled.clients) });
  }
  return result;
}

/**
 * Trying takes half a second, and a CA that `init` made needs none. What cannot be parsed is reported by who looks at
 * the material.
 */
function mayBeRefused(certificate: Buffer | undefined): boolean {
  try {
    return certificate !== undefined && !isUnlimitedRoot(new X509Certificate(certificate));
  } catch {
    return false;
  }
}
