import { systemClock } from '../converge/clock.ts';
import type { SecretState } from '../bundle/secret-state.ts';
import type { Engine } from '../engine/port.ts';
import { createRedactor, withholdAll, type Redactor } from '../ui/redact.ts';
import { verification, type CheckResult, type Verification } from '../verify/result.ts';
import { verifyStack, type VerifyOptions } from '../verify/verify.ts';
import { saveLastVerification } from '../io/last-verification.ts';
import type { ProgressLine } from '../ui/reporter.ts';
import type { CommandIo } from './io.ts';
import { reporterOf } from './reporter.ts';
import type { Loaded } from './session.ts';

/** The redactor that knows every value of the bundle's `secrets/`. Where one of them is not on this disk, nothing of a container is quoted. */
export function redactorOf({ directory: { secrets, plan } }: Pick<Loaded, 'directory'>): Redactor {
  return plan.secrets.every((need) => secrets.materials[need.secret]) ? createRedactor(secrets.values) : withholdAll;
}

/** Looks at all tasks of a bundle's services with expectations, and at the swarm's secrets that they mount; remembers the result. */
export async function verifyBundle(engine: Engine, loaded: Loaded, secrets: SecretState[], timeoutMs: number, io: CommandIo): Promise<Verification> {
  const { plan, bundle, dir } = loaded.directory;
  const reporter = reporterOf(io);
  const seen = new Map<string, CheckResult[]>();
  const ofTasks = await verifyStack(engine, {
    stack: bundle.name,
    expectations: plan.expectations.map((each) => ({ ...each, replicas: loaded.document.services[each.service]?.deploy.replicas ?? 1 })),
    ...secretExpectations(loaded, secrets),
    timeoutMs,
    signal: io.signal,
    clock: systemClock,
    redactor: redactorOf(loaded),
    onResult: (result) => {
      seen.set(result.service, [...(seen.get(result.service) ?? []).filter((other) => other.check !== result.check), result]);
      reporter.progress([...seen].map(([service, results]) => progressLine(service, results)));
    },
  });
  reporter.endProgress();
  const verified = verification(bundle.name, [...ofTasks.results, ...secrets.flatMap(swarmSecretFault)]);
  const count = (status: CheckResult['status']) => verified.results.filter((result) => result.status === status).length;
  await saveLastVerification(dir, { at: new Date().toISOString(), exit: verified.exit, passed: count('passed'), failed: count('failed'), unsure: count('unsure') });
  return verified;
}

/** One line a service; its text changes only when the verdict does, so that a log is not flooded. */
function progressLine(name: string, results: CheckResult[]): ProgressLine {
  const bad = results.filter((result) => result.status !== 'passed');
  if (bad.length === 0) return { name, text: 'as it should be', state: 'done' };
  return { name, text: bad.map((result) => `${result.check} ${result.status}`).join(', '), state: 'failed' };
}

function secretExpectations(loaded: Loaded, secrets: SecretState[]): Pick<VerifyOptions, 'secrets' | 'forbidden'> {
  const { document, directory } = loaded;
  const expected: Record<string, { target: string; name: string }[]> = {};
  for (const [service, { secrets: mounts = [] }] of Object.entries(document.services)) {
    expected[service] = mounts.map(({ source, target }) => ({ target, name: document.secrets[source]?.name ?? source }));
  }
  const forbidden: Record<string, string[]> = {};
  for (const { service, forbiddenSecrets } of directory.plan.expectations) {
    forbidden[service] = forbiddenSecrets.flatMap(({ secret, part }) => secrets.filter((each) => each.need.secret === secret && each.part === part).map((each) => each.name));
  }
  return { secrets: expected, forbidden };
}

/** A secret of the right name and another content fools every look at mounts: its fingerprint label tells. */
function swarmSecretFault({ name, state }: SecretState): CheckResult[] {
  const result = (status: CheckResult['status'], detail: string): CheckResult[] => [{ service: name, check: 'content', status, detail }];
  if (state === 'differs') return result('failed', 'its fingerprint label is not the one bundle.lock.json has: another content');
  if (state === 'foreign') return result('unsure', 'it bears no fingerprint label: whoever made it, its content cannot be told');
  return [];
}
