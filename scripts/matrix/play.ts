/** Deploys one case on the lab, has it verified, and takes it off again. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { publishedFault } from '../../test/support/json-documents.ts';
import type { RunResult } from '../lab/exec.ts';
import { bundleOf } from './bundle.ts';
import { answersOf, caseText, type Case } from './cases.ts';
import { placesOf, type Stage } from './stage.ts';

export interface Played {
  one: Case;
  /** What went wrong; undefined if all is well. */
  problem: string | undefined;
  /** Checks that passed. */
  checks: number;
  services: number;
  seconds: number;
}

interface Deployed {
  verification: { verdict: string; results: { service: string; check: string; status: string; detail: string }[] };
}

/** So many cases are on the lab at a time, each with ports of its own. */
const LANES = 2;
const CLUSTER_ROLES = ['manager', 'agents.master', 'agents.query', 'agents.data', 'agents.dataTier2'];

/** Plays the cases, two at a time. @param done called after each; false: no more are begun */
export async function playAll(
  stage: Stage,
  cases: readonly Case[],
  done: (played: Played) => boolean,
): Promise<Played[]> {
  const left = [...cases];
  const all: Played[] = [];
  const lane = async (number: number): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const played = await play(stage, one, number);
      all.push(played);
      if (!done(played)) left.length = 0;
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_unused, number) => lane(number)));
  return all;
}

async function play(stage: Stage, one: Case, lane: number): Promise<Played> {
  const started = performance.now();
  const name = `m${one.number}`;
  const dir = join(stage.dir, name);
  const played = { one, problem: undefined, checks: 0, services: 0, seconds: 0 };
  const ended = (more: Partial<Played>): Played => ({
    ...played,
    ...more,
    seconds: (performance.now() - started) / 1000,
  });
  const sets = [
    ...small(stage, one.stack, name),
    ...answersOf(one.values, await placesOf(stage, one)),
    ...ports(one.stack, lane),
  ];
  const bundle = bundleOf(one.stack, name, sets);
  const plan = bundle.definition.plan(name, bundle.answers);
  const inputs = plan.secrets.filter(({ mustBeGiven }) => mustBeGiven).flatMap((need) => Object.values(need.inputs));
  const given = [`name=${name}`, ...sets, ...inputs.map((input) => `secretFiles.${input}=${stage.files[input] ?? ''}`)];
  const made = await cli(stage, [
    'init',
    dir,
    '--stack',
    one.stack,
    '--yes',
    '--no-prepare',
    '--quiet',
    '--json',
    ...given.flatMap((set) => ['--set', set]),
  ]);
  if (isBad(made)) return ended({ problem: said('init', made) });
  const deployed = await cli(stage, ['deploy', dir, '--yes', '--quiet', '--json', '--timeout', '8m']);
  const destroyed = await cli(stage, ['destroy', dir, '--yes', '--quiet', '--json', '--volumes']);
  if (isBad(deployed)) return ended({ problem: said('deploy', deployed) });
  if (isBad(destroyed)) return ended({ problem: said('destroy', destroyed) });
  await rm(dir, { recursive: true });
  const { verdict, results } = (JSON.parse(deployed.stdout) as Deployed).verification;
  const passed = results.filter(({ status }) => status === 'passed');
  const services = plan.expectations.map(({ service }) => service);
  const silent = services.filter((service) => !passed.some((result) => result.service === service));
  const problem =
    verdict !== 'passed'
      ? `verification: ${verdict}`
      : silent.length > 0
        ? `nothing was verified of ${silent.join(', ')}`
        : undefined;
  return ended({ problem, checks: passed.length, services: services.length });
}

/** What a command came to. */
interface Told extends RunResult {
  /** In what it printed with --json, if it is not as published. */
  fault: string | undefined;
}

/** Runs the built bundle where the ports that hosts publish can be reached. */
async function cli({ lab, entry, dir }: Stage, args: string[]): Promise<Told> {
  const result = await lab.exec('switch', [process.execPath, entry, ...args], {
    cwd: dir,
    check: false,
    env: { DOCKER_CONTEXT: undefined, ...lab.env('node1') },
  });
  return { ...result, fault: publishedFault(args, result.stdout) };
}

const isBad = ({ code, fault }: Told): boolean => code !== 0 || fault !== undefined;

/** What a command said; of a verification, what it did not see. */
function said(command: string, { code, stdout, stderr, fault }: Told): string {
  if (fault !== undefined) return fault;
  const { verification } = (stdout.startsWith('{') ? JSON.parse(stdout) : {}) as Partial<Deployed>;
  const unseen = verification?.results
    .filter(({ status }) => status !== 'passed' && status !== 'not-run')
    .map(({ service, check, status, detail }) => `${service} ${check}: ${status}: ${detail}`);
  return (
    `bundle ${command} ended with ` +
    `${code}:\n${[stderr.trim().slice(-3000), ...(unseen ?? [stdout.trim().slice(-3000)])].join('\n')}`
  );
}

/** The lab's images, next to nothing reserved, agents that stop soon, and a place of its own in what cases share. */
function small({ images }: Stage, stack: string, name: string): string[] {
  if (stack === 'zookeeper') return [`image=${images.zookeeper}`, 'reserve.cpus="0.01"', 'reserve.memory=16M'];
  return [
    ...Object.entries(images).map(([key, image]) => `images.${key}=${image}`),
    ...CLUSTER_ROLES.flatMap((role) => [`${role}.reserve.cpus="0.01"`, `${role}.reserve.memory=16M`]),
    ...CLUSTER_ROLES.slice(1).map((role) => `${role}.gracePeriod=5s`),
    `store.database=${name}`,
    `zookeeper.basePath=${name}`,
  ];
}

/** The first lane has the ports of the case, the second these. */
function ports(stack: string, lane: number): string[] {
  if (lane === 0) return [];
  return stack === 'zookeeper'
    ? ['client.port=2281']
    : ['manager.port=9197', 'agents.query.publish.router=9188', 'agents.query.publish.pivot=9195'];
}

/** One line, and what went wrong below it. */
export const playedText = ({ one, problem, checks, services, seconds }: Played): string =>
  `#${one.number} ${caseText(one)}: ` +
  `${problem === undefined ? `ok, ${checks} checks on ${services} services` : 'FAILED'} (${seconds.toFixed(1)} ` +
  `s)${problem === undefined ? '' : `\n  ${problem.replace(/\n/g, '\n  ')}`}`;
