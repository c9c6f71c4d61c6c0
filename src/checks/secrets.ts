import { daysUntil } from '../days.ts';
import type { Material } from '../sdk/kind.ts';
import type { SecretNeed } from '../sdk/definition.ts';
import { longVariables } from '../bundle/long-variables.ts';
import { SECRET_LIMIT } from '../bundle/names.ts';
import { usersOf } from '../bundle/lost-secrets.ts';
import { BundleError } from '../errors.ts';
import type { RefusedAuthority } from '../io/authority-faults.ts';
import type { Check, CheckContext, Finding } from './check.ts';
import { issuedFindings } from './issued.ts';
import { newerFindings } from './newer-secrets.ts';
import { notBegunFindings } from './not-begun.ts';
import { isUnused, otherForEnvironment, stateFindings } from './secret-states.ts';

/** A CA that ends this soon is warned about: replacing it takes an outage that wants planning. */
export const EXPIRY_WARNING_DAYS = 90;

export const secretChecks: Check = {
  name: 'secrets',
  title: 'secrets',
  offline: true,
  async run(context) {
    const findings = [
      ...context.secretFaults,
      ...materialFindings(context),
      ...issuedFindings(context, materialsOnDisk(context)),
      ...(await stateFindings(context)),
      ...(await newerFindings(context)),
      ...unmountedFindings(context),
      ...notBegunFindings(context, needsOnDisk(context)),
      ...expiryFindings(context),
      ...longFindings(context),
      ...sizeFindings(context),
      ...context.refusedAuthorities.map(refusedFinding),
      ...context.reissues.map((each) => reissueFinding(each, context)),
    ];
    const failing = findings.some(({ level }) => level === 'error' || level === 'warning');
    return failing ? findings : [...findings, ...counted(context)];
  },
};

/** How many are as they should be; nothing if that is none. */
function counted({ secrets, live }: CheckContext): Finding[] {
  const all = secrets.length;
  // Without an engine none is known to be in the swarm: what is as locked is to be made.
  const count = secrets.filter(({ state }) => state === (live ? 'present' : 'missing')).length;
  if (!live && count < all)
    return count === 0 ? [] : [{ level: 'ok', text: `${count} of ${all} on disk and as locked` }];
  const inSwarm =
    count === all
      ? `all ${count} in the swarm, as locked`
      : `${count} of ${all} in the swarm, the others on disk to be made`;
  return [{ level: 'ok', text: live ? inSwarm : `${count} on disk and as locked` }];
}

/**
 * The material itself: parses, matches as a pair, in date. Nothing that fails here is ever sent. An issued certificate
 * that no service mounts is a user's: what is wrong with it hinders nothing that runs, and is a warning.
 */
function materialFindings(context: CheckContext): Finding[] {
  const findings: Finding[] = [];
  const unmounted = usersOf(context.plan.secrets, context.document).filter(({ services }) => services.length === 0);
  const harmless = new Set(unmounted.flatMap(({ need }) => (need.issued ? [need.secret] : [])));
  for (const [need, material] of materialsOnDisk(context)) {
    try {
      need.kind.accept(material, context.now);
    } catch (error) {
      if (!(error instanceof BundleError)) throw error;
      findings.push({
        level: harmless.has(need.secret) ? 'warning' : 'error',
        text: `secrets/${Object.values(need.files).join(', ')}: ${error.message}`,
        ...(error.hints[0] ? { hint: error.hints[0] } : {}),
      });
    }
  }
  return findings;
}

/** Of a bundle that was made before this was refused. */
function longFindings(context: CheckContext): Finding[] {
  const materials = Object.fromEntries(materialsOnDisk(context).map(([need, material]) => [need.secret, material]));
  return longVariables(context.plan, materials).map(({ text, hint }) => ({ level: 'error', text, hint }));
}

/** A file in secrets/ that grew since it was taken: swarm would refuse it after others were made. */
function sizeFindings(context: CheckContext): Finding[] {
  return materialsOnDisk(context).flatMap(([need, material]) =>
    Object.entries(material)
      .filter(([, content]) => content.length >= SECRET_LIMIT)
      .map(([part, content]) => ({
        level: 'error',
        text:
          `secrets/${need.files[part] ?? need.secret} has ${String(content.length)} bytes: swarm takes a secret of ` +
          `less than ${String(SECRET_LIMIT)}`,
        hint: 'is it the right file? Of authorities, the one that signed the server’s certificate is enough',
      })),
  );
}

/**
 * Of what this run does not issue again. With an expired one a service that restarts is let in by nobody. A release
 * that comes back was judged by then: with what lets its services in.
 */
function reissueFinding(
  { secret, reason: { urgency, text }, services, here }: CheckContext['reissues'][number],
  { endings, now, backTo }: CheckContext,
): Finding {
  const restarts = services.length === 0 ? '' : `; that restarts ${services.join(', ')}`;
  const expired = daysUntil(endings[secret] ?? now, now) < 0;
  if (urgency === 'due')
    return {
      level: expired && services.length > 0 ? 'error' : 'warning',
      text: `the certificate ${secret} is due: ${text}`,
      hint: `\`bundle deploy --renew\`, where the bundle’s secrets/ is${restarts}`,
    };
  return {
    level: here || backTo !== undefined ? 'warning' : 'error',
    text: `the certificate ${secret} must be issued again, since ${text}`,
    hint: `\`bundle deploy\`${here ? ' does it' : ', where the bundle’s secrets/ is'}${restarts}`,
  };
}

/** What `init` refuses today; a bundle from before may run with it, and is told only. */
function refusedFinding({ secret, fault, tried }: RefusedAuthority): Finding {
  return {
    level: tried ? 'error' : 'warning',
    text: `the CA certificate (${secret}) ${fault.text}`,
    hint: 'give another CA by `bundle init`, or let it make one; this restarts everything',
  };
}

/** What no service mounts is in no swarm: a client's own certificate is on this disk, or with its client alone. */
function unmountedFindings(context: CheckContext): Finding[] {
  const { secretsOnDisk, plan, document } = context;
  if (!secretsOnDisk) return [];
  return plan.secrets
    .filter(({ files }) => Object.values(files).every((file) => document.secrets[file] === undefined))
    .filter(({ secret, kind }) => kind.parts.every((part) => !context.secretValue({ secret, part })))
    .map(({ files, purpose }) => ({
      level: 'info',
      text: `secrets/${Object.values(files).join(', ')} (${purpose}): not on this disk, and the swarm never has it`,
    }));
}

/**
 * Whole materials: with the parts that never reach the swarm, such as the key of a CA that only issues; without those
 * of another version than the one that the swarm, or a service's environment, has.
 */
function materialsOnDisk(context: CheckContext): [SecretNeed, Material][] {
  const { secrets, plan } = context;
  const unused = new Set([...secrets.filter(isUnused), ...otherForEnvironment(context)].map(({ need }) => need));
  return [...new Set([...secrets.map((each) => each.need), ...plan.secrets])].flatMap(
    (need): [SecretNeed, Material][] => {
      if (unused.has(need)) return [];
      const contentOf = (part: string) =>
        secrets.find((each) => each.need === need && each.part === part)?.content ??
        context.secretValue({ secret: need.secret, part });
      const parts = need.kind.parts.flatMap((part): [string, Buffer][] => {
        const content = contentOf(part);
        return content ? [[part, content]] : [];
      });
      return parts.length === need.kind.parts.length ? [[need, Object.fromEntries(parts)]] : [];
    },
  );
}

const needsOnDisk = (context: CheckContext): Set<SecretNeed> => new Set(materialsOnDisk(context).map(([need]) => need));

/** By the dates in bundle.lock.json: a CA's key may be on another machine, and its end is near all the same. */
function expiryFindings(context: CheckContext): Finding[] {
  const onDisk = needsOnDisk(context);
  return context.plan.secrets.flatMap((need): Finding[] => {
    const notAfter = context.endings[need.secret];
    // Of what a CA of the bundle issued, `reissues` tells.
    if (notAfter === undefined || need.issued) return [];
    const days = daysUntil(notAfter, context.now);
    if (days >= EXPIRY_WARNING_DAYS) return [];
    if (days >= 0)
      return [
        {
          level: 'warning',
          text: `${need.secret} expires in ${days} days`,
          hint: 'plan its replacement: it restarts everything',
        },
      ];
    // Of what is on this disk, `accept` has told it.
    if (onDisk.has(need)) return [];
    return [
      {
        level: 'error',
        text: `${need.secret} expired on ${notAfter.slice(0, 10)}`,
        hint: 'replace it with `bundle init` where the bundle’s secrets/ is: it restarts everything',
      },
    ];
  });
}
