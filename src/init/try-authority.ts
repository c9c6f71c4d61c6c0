import { dialledUnder } from '../bundle/dialled-names.ts';
import type { SecretChange } from '../bundle/secret-changes.ts';
import { BundleError, EXIT } from '../errors.ts';
import { systemSource } from '../io/system.ts';
import { tryAuthority, type AuthorityFault } from '../io/try-authority.ts';
import type { Material } from '../sdk/kind.ts';
import type { SecretNeed, StackPlan } from '../sdk/definition.ts';
import { SECRET_FILES } from '../wizard/session.ts';
import type { Existing } from './existing.ts';

/**
 * Tries each CA that is taken in this run, and one that is there if other names are dialled now: what clients will
 * refuse, is refused here.
 * @returns the changes, with the clients that took it
 * @throws BundleError (exit 3) with the reason and the way out
 */
export async function tried(
  changes: SecretChange[],
  {
    plan,
    existing,
    onDisk,
  }: {
    plan: StackPlan;
    existing: Pick<Existing, 'plan'> | undefined;
    onDisk: Readonly<Record<string, Material>>;
  },
): Promise<SecretChange[]> {
  const result: SecretChange[] = [];
  for (const change of changes) {
    const { need, act } = change;
    if (need.kind.issues === undefined || act === 'generate') {
      result.push(change);
      continue;
    }
    const dialled = dialledUnder(plan, need.secret);
    if (act === 'take' || act === 'adopt') {
      requireAccepted(need, await attempt(change.material, need, plan));
      result.push({ ...change, tried: dialled.clients });
      continue;
    }
    const before = existing?.plan && dialledUnder(existing.plan, need.secret);
    const kept = onDisk[need.secret];
    // A bundle from before the trial may run with a CA that fails it; with other names it would fail anew.
    if (kept && before && before.names.join() !== dialled.names.join()) {
      if (!(await attempt(kept, need, { expectations: existing.plan?.expectations ?? [] })))
        requireAccepted(need, await attempt(kept, need, plan));
    }
    result.push(change);
  }
  return result;
}

function attempt(
  material: Material,
  need: SecretNeed,
  plan: Parameters<typeof dialledUnder>[0],
): Promise<AuthorityFault | undefined> {
  return tryAuthority(material, dialledUnder(plan, need.secret), systemSource);
}

/** Refused material names its inputs, so that the wizard can ask for them again. */
function requireAccepted(need: SecretNeed, fault: AuthorityFault | undefined): void {
  if (!fault) return;
  throw new BundleError(fault.code, `the CA certificate ${fault.text}`, {
    exit: EXIT.preflight,
    hints: waysOut(need, fault.code),
    details: { paths: Object.values(need.inputs).map((input) => `${SECRET_FILES}.${input}`) },
  });
}

function waysOut({ kind, inputs }: SecretNeed, code: AuthorityFault['code']): string[] {
  const files = Object.values(inputs)
    .map((input) => `${SECRET_FILES}.${input}`)
    .join(' and ');
  const generated = `or leave ${files} out, and a CA is made for this cluster alone`;
  switch (code) {
    case 'ca-intermediate':
      return kind.issues === 'chain'
        ? ['give it with those above it, up to the root, in one file: `cat ca.crt root.crt > chain.crt`', generated]
        : ['this stack hands on one certificate, so that a root is needed: give a root CA', generated];
    case 'ca-name-constraints':
      return ['give a CA whose constraints allow these names, or choose names that they allow', generated];
    case 'ca-extended-key-usage':
      return ['give a CA without an extended key usage, or with serverAuth in it', generated];
    case 'ca-refused-by-clients':
      return ['give another CA', generated];
  }
}
