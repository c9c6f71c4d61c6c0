import { Command, CommanderError, Option } from 'commander';
import type { Catalogue } from './bundle/catalogue.ts';
import type { CommandIo } from './cli/io.ts';
import { EXIT, usageError, type ExitCode } from './errors.ts';

/**
 * The command tree. Every action imports its command when it runs, so that help and version load none.
 * @param catalogue gives what can be deployed, to the command that runs
 * @returns the exit code @throws BundleError
 */
export async function runCli(
  argv: string[],
  io: Omit<CommandIo, 'stacks'>,
  version: string,
  catalogue: () => Promise<Catalogue>,
): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const program = new Command('bundle')
    .description('Turns answers into a secured, verified cluster on Docker Swarm.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError(false)
    .configureOutput({ writeOut: io.stdout, writeErr: () => {} })
    .exitOverride();

  /** A command with the options that all share. */
  const command = (name: string, description: string, examples: string[] = []): Command => {
    const made = program
      .command(name)
      .description(description)
      .helpOption('-h, --help', 'print help')
      .configureOutput({ writeOut: io.stdout, writeErr: () => {} })
      .exitOverride()
      .option('--json', 'one JSON document on standard output')
      .option('-q, --quiet', 'no progress on standard error')
      .option('--no-color', 'no colours')
      .addOption(new Option('--context <name>', 'docker context to use'))
      .addOption(new Option('--host <url>', 'engine to use: unix://, tcp:// or ssh://'));
    if (examples.length > 0)
      made.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
    return made;
  };
  const DIR = ['[dir]', 'bundle directory', '.'] as const;
  const act =
    <T>(load: () => Promise<{ run: (options: T, io: CommandIo) => Promise<ExitCode> }>) =>
    async (dir: string, options: Record<string, unknown>) => {
      exit = await (await load()).run({ dir, ...options } as T, { ...io, stacks: await catalogue() });
    };

  command('init', 'ask, then write a bundle directory: answers, secrets, stack.yml', [
    'bundle init prod                       asks on the terminal',
    'bundle init prod --yes                 takes every default',
    'bundle init prod --answers answers.yaml --set network.subnet=10.20.0.0/24 --yes',
  ])
    .argument(...DIR)
    .option('--stack <name>', `stack definition of the catalogue${await catalogueFor(argv)}`)
    .option('--answers <file>', 'answers file: bundle.yaml’s keys, and secretFiles')
    .option(
      '--set <path=value>',
      'one answer; may be repeated',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .option('--yes', 'ask nothing: answers given and defaults')
    .option('--new-secrets', 'secrets/ was lost without a backup: make what is missing of it anew, as new versions')
    .option('--no-prepare', 'make no Docker secrets and node labels, even where a swarm manager is reachable')
    .action(act(() => import('./commands/init.ts')));

  command('render', 'write stack.yml from bundle.yaml and bundle.lock.json', [
    'bundle render prod',
    'bundle render prod --check      exit 6 when stack.yml is not up to date',
    'bundle render prod --target run        all services on one host; several hosts need --address for each',
  ])
    .argument(...DIR)
    .option('--check', 'write nothing; exit 6 when a file differs')
    .addOption(
      new Option('--target <target>', 'swarm: stack.yml; run: a folder of docker run commands for each host')
        .choices(['swarm', 'run'])
        .default('swarm'),
    )
    .addOption(
      new Option(
        '--network <network>',
        'of --target run: a user-defined bridge, or the hosts’ own network (bridge)',
      ).choices(['bridge', 'host']),
    )
    .option(
      '--address <host=ip>',
      'of --target run: where the others reach a host; may be repeated, and is remembered in run/run.json',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .action(act(() => import('./commands/render.ts')));

  command('check', 'check the bundle, the swarm and, where verify.probeImage is set, the hosts; change nothing', [
    'bundle check prod                      sysctls, disk, clock, MTU, ports and directories of every host that ' +
      'carries a task: `hosts`',
    'bundle check prod --json               each finding with its node, level and the command that mends it',
    'bundle check prod --ignore autolock --ignore hosts',
  ])
    .argument(...DIR)
    .option(
      '--ignore <name>',
      'report a check, but do not fail on it; may be repeated',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .action(act(() => import('./commands/check.ts')));

  command('prepare', 'check, then make the missing Docker secrets and node labels', ['bundle prepare prod --yes'])
    .argument(...DIR)
    .option('--yes', 'do not ask')
    .option('--adopt', 'take over secrets of these names that bundle did not make')
    .option(
      '--ignore <name>',
      'do not fail on this check; may be repeated',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .action(act(() => import('./commands/prepare.ts')));

  command('plan', 'show what deploy would change', [
    'bundle plan prod --detailed-exitcode    exit 6 when there are changes',
  ])
    .argument(...DIR)
    .option('--detailed-exitcode', 'exit 6 when there are changes')
    .option('--wide', 'each service by itself, with images in full')
    .action(act(() => import('./commands/plan.ts')));

  command('deploy', 'prepare, deploy, wait until it runs, verify', [
    'bundle deploy prod',
    'bundle deploy prod --yes --timeout 15m',
    'bundle deploy prod --yes --rollback-on-failure',
  ])
    .argument(...DIR)
    .option('--yes', 'do not ask')
    .option('--adopt', 'take over secrets of these names that bundle did not make')
    .option(
      '--timeout <duration>',
      'how long to wait until all tasks run; where services restart one after the other, for each',
      '10m',
    )
    .option('--no-verify', 'do not verify afterwards')
    .option(
      '--at-once',
      'restart services of one role at the same time, not one after the other: faster, and an outage',
    )
    .option(
      '--no-wait',
      'end once the swarm has taken stack.yml; neither wait nor verify (what restarts one after the other still ' +
        'waits for each other)',
    )
    .option('--renew', 'issue the bundle’s certificates again that end soon, too; what uses them restarts')
    .option(
      '--rollback-on-failure',
      'deploy the last good release again when it does not converge or fails verification',
    )
    .option(
      '--ignore <name>',
      'do not fail on this check; may be repeated',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .action(act(() => import('./commands/deploy.ts')));

  command('rollback', 'deploy an earlier release again', [
    'bundle rollback prod             the last good one before this',
    'bundle rollback prod --to 4 --yes',
  ])
    .argument(...DIR)
    .option('--to <release>', 'number of the release, see `bundle history`')
    .option('--yes', 'do not ask')
    .option(
      '--timeout <duration>',
      'how long to wait until all tasks run; where services restart one after the other, for each',
      '10m',
    )
    .option('--no-verify', 'do not verify afterwards')
    .option(
      '--at-once',
      'restart services of one role at the same time, not one after the other: faster, and an outage',
    )
    .option('--with-secrets', 'bring back secrets too that were replaced since; without it the present ones stay')
    .option(
      '--ignore <name>',
      'do not fail on this check; may be repeated',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .action(act(() => import('./commands/rollback.ts')));

  command('history', 'the releases that the swarm remembers', [
    'bundle history prod',
    'bundle history prod --release 4    its stack file',
  ])
    .argument(...DIR)
    .option('--release <number>', 'print the stack file of this release')
    .action(act(() => import('./commands/history.ts')));

  command('verify', 'show what every running task really says and serves', [
    'bundle verify prod',
    'bundle verify prod --list              what is looked at, and from where',
    'bundle verify prod --only https --only SERVICE',
    'bundle verify prod --format junit > verify.xml',
    'bundle verify prod --target run --host ssh://root@node1',
    'bundle verify prod --expiry 14d        and where a certificate ends within two weeks',
    'bundle verify prod --format prometheus > /run/prod.tmp; [ -s /run/prod.tmp ] && mv /run/prod.tmp ' +
      '/var/lib/node_exporter/prod.prom',
  ])
    .argument(...DIR)
    .option('--timeout <duration>', 'how long to wait for what is not there yet', '5m')
    .addOption(
      new Option('--target <target>', 'swarm: the stack’s tasks; run: the containers of render --target run')
        .choices(['swarm', 'run'])
        .default('swarm'),
    )
    .option(
      '--engine <host=where>',
      'of --target run: a host’s engine, as URL or context; may be repeated',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .option('--expiry <duration>', 'fail where a certificate ends sooner: of the CA, of an endpoint, of the swarm')
    .option('--list', 'print what would be looked at; ask nothing')
    .option('--wide', 'every check of every task, as a table as wide as it needs')
    .option(
      '--only <name>',
      'look at this check, or this service, only; may be repeated',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .option(
      '--skip <name>',
      'leave this check, or this service, out; may be repeated',
      (value: string, all: string[]) => [...all, value],
      [] as string[],
    )
    .addOption(
      new Option('--format <format>', 'how to print the results').choices([
        'text',
        'json',
        'junit',
        'tap',
        'prometheus',
      ]),
    )
    .action(act(() => import('./commands/verify.ts')));

  command('status', 'services, tasks, nodes, secrets and the last verification')
    .argument(...DIR)
    .option('--wide', 'a table of the services, of the nodes and of the secrets')
    .action(act(() => import('./commands/status.ts')));

  command('logs', 'what the current tasks wrote, secrets taken out', [
    'bundle logs prod',
    'bundle logs prod web -f --since 10m',
  ])
    .argument(...DIR)
    .argument('[service]', 'one service; all of them without')
    .option('-f, --follow', 'go on with what is written from now on')
    .option('--since <time>', 'only what was written since: a duration (10m), or a time (RFC 3339)')
    .action(async (dir: string, service: string | undefined, options: Record<string, unknown>) => {
      const { run } = await import('./commands/logs.ts');
      const own = { ...io, stacks: await catalogue() };
      exit = await run({ dir, ...options, ...(service === undefined ? {} : { service }) }, own);
    });

  command('destroy', 'remove the stack and what bundle made for it', [
    'bundle destroy prod --yes',
    'bundle destroy prod --yes --volumes --kill-after 1m',
  ])
    .argument(...DIR)
    .option('--yes', 'do not ask')
    .option('--volumes', 'remove the volumes too: the data is gone for good')
    .option('--kill-after <duration>', 'kill containers of this node that still drain after so long')
    .action(act(() => import('./commands/destroy.ts')));

  command('schema', 'print the JSON Schema of bundle.yaml, or of a command’s --json output', [
    'bundle schema',
    'bundle schema verify',
  ])
    .argument('[name]', 'bundle, or a command', 'bundle')
    .action(
      act(async () => {
        const { run } = await import('./commands/schema.ts');
        return { run: (options: { dir: string }, own: CommandIo) => run({ name: options.dir }, own) };
      }),
    );

  try {
    if (argv.length === 0) {
      io.stdout(program.helpInformation() + EXAMPLES);
      return EXIT.usage;
    }
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done;
    const message = error.message.replace(/^error: /, '');
    throw usageError('usage', message === '(outputHelp)' ? 'which command?' : message, [
      `\`bundle ${argv[0] && !argv[0].startsWith('-') && program.commands.some((c) => c.name() === argv[0]) ? `${argv[0]} ` : ''}--help\` ` +
        'shows what there is',
    ]);
  }
  return exit;
}

const EXAMPLES = `
A first cluster:
  bundle init prod        ask, make a CA, a token and stack.yml
  bundle deploy prod      make the secrets, deploy, wait, verify
  bundle status prod      how it is

Exit codes: 0 done, 1 failed, 2 wrong usage or invalid bundle, 3 a check failed, 4 did not converge, 5 verification failed,
6 changes pending, 7 verification could not tell, 8 held by another operator or the swarm changed, 130 interrupted.
`;

/**
 * The names of the catalogue, for the help of `init`. Loading the catalogue takes longer than all else that help and
 * version need, so it is loaded only if that help is printed.
 */
async function catalogueFor(argv: readonly string[]): Promise<string> {
  if (!argv.includes('init') || !argv.some((word) => ['-h', '--help', 'help'].includes(word))) return '';
  const { stacks } = await import('../stacks/index.ts');
  return `: ${stacks.map(({ name }, index) => (index === 0 ? `${name} (the default)` : name)).join(', ')}`;
}
