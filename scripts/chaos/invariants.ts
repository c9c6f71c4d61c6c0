/**
 * What must hold whenever a run came to its end, read with the docker CLI and from the disk: not with the code under
 * test.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { publishedFault } from '../../test/support/json-documents.ts';
import { HOSTS } from './choose.ts';
import { HOME, STACK, type Subject } from './subject.ts';

interface Document {
  services: Record<string, { deploy: { placement: { constraints: string[] } } }>;
  secrets: Record<string, { name: string }>;
}

interface Release {
  number: number;
  state: string;
  document: Document;
  rollbackOf?: number;
}

/** One line each that is wrong; empty if all is as it must be. @param disk `secrets/` as it was before the runs */
export async function violations(subject: Subject, disk: Record<string, string>): Promise<string[]> {
  const document = parse(await readFile(join(subject.dir, 'stack.yml'), 'utf8')) as Document;
  const planning = ['plan', subject.dir, '--detailed-exitcode', '--json'];
  const [found, releases, services, secrets, labels, plan] = await Promise.all([
    configs(subject),
    releasesOf(subject),
    names(subject, 'service'),
    names(subject, 'secret'),
    nodeLabels(subject),
    subject.run(planning),
  ]);
  const needed = [document, ...releases.map((release) => release.document)].flatMap((one) =>
    Object.values(one.secrets).map(({ name }) => name),
  );
  const numbers = releases.map(({ number }) => number);
  return [
    ...same(
      'configs that are no release',
      found.filter((name) => !name.startsWith(`${STACK}.release.`)),
      [],
    ),
    ...same(
      'services',
      services,
      Object.keys(document.services).map((name) => `${STACK}_${name}`),
    ),
    ...same('secrets', secrets, [...new Set(needed)]),
    ...same('node labels', labels, wantedLabels(subject, document)),
    ...(releases[0]?.state === 'verified'
      ? []
      : [`the newest release ${String(releases[0]?.number)} is ${String(releases[0]?.state)}`]),
    ...(releases.length > 11 ? [`${releases.length} releases are kept`] : []),
    ...(gaps(numbers) > 0 && numbers.length < 10 ? [`releases ${numbers.join(', ')}`] : []),
    ...[publishedFault(planning, plan.stdout)].filter((fault) => fault !== undefined),
    ...planFaults(plan),
    ...same(
      'secrets/',
      Object.entries(await diskOf(subject)).map(([file, hash]) => `${file} ${hash}`),
      Object.entries(disk).map(([file, hash]) => `${file} ${hash}`),
    ),
    ...(await temporaryFiles(subject)),
  ];
}

/** What is left of the stack in the swarm, volumes of its home too: nothing should be. */
export async function remains(subject: Subject): Promise<string[]> {
  const label = `label=com.docker.stack.namespace=${STACK}`;
  const lists = await Promise.all([
    configs(subject),
    names(subject, 'service'),
    names(subject, 'secret'),
    nodeLabels(subject),
    names(subject, 'network'),
    subject.docker(['volume', 'ls', '-q', '--filter', label], HOME).then(lines),
    subject.docker(['ps', '-q', '--filter', label], HOME).then(lines),
  ]);
  return lists.flat().map((name) => `left over: ${name}`);
}

/** Digest of each file in `secrets/`. */
export async function diskOf({ dir }: Pick<Subject, 'dir'>): Promise<Record<string, string>> {
  const folder = join(dir, 'secrets');
  const files = (await readdir(folder)).sort();
  return Object.fromEntries(
    await Promise.all(
      files.map(
        async (file) =>
          [
            file,
            createHash('sha256')
              .update(await readFile(join(folder, file)))
              .digest('hex')
              .slice(0, 12),
          ] as const,
      ),
    ),
  );
}

/** The release records, newest first. */
export async function releasesOf(subject: Subject): Promise<Release[]> {
  const found = (await configs(subject)).filter((name) => name.startsWith(`${STACK}.release.`));
  if (found.length === 0) return [];
  const all = JSON.parse(await subject.docker(['config', 'inspect', ...found])) as {
    Spec: { Labels: Record<string, string>; Data: string };
  }[];
  return all
    .map(({ Spec }) => ({
      ...(JSON.parse(gunzipSync(Buffer.from(Spec.Data, 'base64')).toString()) as Omit<Release, 'state'>),
      state: Spec.Labels['bundle.release.state'] ?? '',
    }))
    .sort((a, b) => b.number - a.number);
}

/** Files that a killed process was writing, in the bundle and beside it. */
export async function temporaryFiles({ parent }: Pick<Subject, 'parent'>): Promise<string[]> {
  const found = await readdir(parent, { recursive: true });
  return found.filter((path) => /\.tmp$|\.tmp\//.test(path)).map((path) => `temporary file ${path}`);
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

async function configs(subject: Subject): Promise<string[]> {
  return lines(await subject.docker(['config', 'ls', '--format', '{{.Name}}']));
}

/**
 * Of the swarm, whoever made them: the lab has nothing else. Services and networks by prefix, jobs among them by their
 * stack's name.
 */
async function names(subject: Subject, kind: 'service' | 'secret' | 'network'): Promise<string[]> {
  const all = lines(await subject.docker([kind, 'ls', '--format', '{{.Name}}']));
  return kind === 'network' ? all.filter((name) => name.startsWith(`${STACK}_`)) : all;
}

async function nodeLabels(subject: Subject): Promise<string[]> {
  const nodes = JSON.parse(await subject.docker(['node', 'inspect', ...HOSTS])) as {
    Description: { Hostname: string };
    Spec: { Labels: Record<string, string> };
  }[];
  return nodes.flatMap(({ Description, Spec }) =>
    Object.keys(Spec.Labels)
      .filter((key) => key.startsWith('bundle.'))
      .map((key) => `${Description.Hostname} ${key}`),
  );
}

function wantedLabels(subject: Subject, { services }: Document): string[] {
  return Object.entries(services).flatMap(([name, { deploy }]) =>
    deploy.placement.constraints.map((constraint) => {
      const [, key = ''] = /^node\.labels\.(\S+) == true$/.exec(constraint) ?? [];
      return `${name.startsWith('imply-query') ? subject.queryNode : HOME} ${key}`;
    }),
  );
}

function planFaults({ code, stdout, all }: { code: number | null; stdout: string; all: string }): string[] {
  if (code !== 0 && code !== 6) return [`plan ends with ${String(code)}: ${all}`];
  const { drift, services, labels } = JSON.parse(stdout) as {
    drift?: { services: unknown[]; labels: unknown[] };
    services: { action: string }[];
    labels: unknown[];
  };
  const changes = [...services.filter(({ action }) => action !== 'unchanged'), ...labels];
  return [
    ...(code === 0 ? [] : [`plan would change ${JSON.stringify(changes)}`]),
    ...(drift === undefined || drift.services.length + drift.labels.length === 0
      ? []
      : [`plan tells of drift: ${JSON.stringify(drift)}`]),
  ];
}

function gaps(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : Math.max(...numbers) - Math.min(...numbers) + 1 - numbers.length;
}

function same(what: string, found: readonly string[], wanted: readonly string[]): string[] {
  const list = (values: readonly string[]): string => [...values].sort().join(', ');
  return list(found) === list(wanted) ? [] : [`${what}: there are [${list(found)}], there should be [${list(wanted)}]`];
}
