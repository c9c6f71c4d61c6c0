/**
 * The session and the picture in README.md, made by running it: `npm run picture`. Three real Kafka brokers on the
 * lab's swarm: init, deploy and verify in a real terminal (tmux), whose screen becomes docs/session.txt and
 * docs/session.svg.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { buildBundle } from './build.mjs';
import { commandLine, parseOrExit } from './command-line.ts';
import { buildImages } from './images/build.ts';
import { up, type Lab } from './lab/lab.ts';
import { netnsFile } from './lab/processes.ts';
import { terminalSvg } from './picture/svg.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const LAB = 'picture';
const COLUMNS = 100;
const LIMIT_MS = 10 * 60_000;
const tmux = (...args: string[]) => run('tmux', ['-L', LAB, ...args]);

parseOrExit(commandLine('picture', 'Makes docs/session.txt and docs/session.svg by running it. Needs root and tmux.'));
const dir = await mkdtemp(join(tmpdir(), 'bundle-picture-'));
let lab: Lab | undefined;
try {
  await buildBundle();
  lab = await up({ id: LAB, hosts: 3, log: (line) => process.stdout.write(`   ${line}\n`) });
  const { kafka, probe } = await buildImages(lab, { only: ['kafka', 'probe'] });
  const answers = join(dir, 'answers.yaml');
  await writeFile(
    answers,
    [
      'stack: kafka',
      'name: events',
      `image: ${kafka}`,
      'brokers: 3',
      'nodes: [node1, node2, node3]',
      'heapMb: 320',
      "reserve: { cpus: '0.05', memory: 640M }",
      `verify: { probeImage: ${probe} }`,
      '',
    ].join('\n'),
  );
  const commands = [
    'bundle init events --answers answers.yaml --yes',
    'bundle deploy events --yes',
    'bundle verify events',
  ];
  // The shell of the picture: names as they are, a prompt, and each command as if it were typed.
  const script = [
    `export BUNDLE_DOCKER_CLI='${await lab.cli()}' DOCKER_HOST='${lab.host('node1').socket}'`,
    `bundle() { nsenter '--net=${netnsFile(lab.switchNetns)}' -- '${process.execPath}' '${join(root, 'dist/bundle.cjs')}' "$@"; }`,
    `cd '${dir}'`,
    'clear',
    ...commands.flatMap((command) => [
      `printf '\\033[1;32m$\\033[0m %s\\n' ${JSON.stringify(command)}`,
      `${command} || touch failed`,
      'echo',
    ]),
    'touch done',
    'sleep 3600',
  ];
  await writeFile(join(dir, 'session.sh'), `${script.join('\n')}\n`);
  await tmux('new-session', '-d', '-x', String(COLUMNS), '-y', '400', `bash ${join(dir, 'session.sh')}`);
  await finished(join(dir, 'done'));
  const { stdout } = await tmux('capture-pane', '-e', '-p');
  const screen = stdout.replaceAll(lab.registry, 'registry.example.org');
  await readFile(join(dir, 'failed')).then(
    () => {
      throw new Error(`a command failed:\n${screen}`);
    },
    () => undefined,
  );
  await writeFile(join(root, 'docs/session.txt'), `${stripVTControlCharacters(screen).trimEnd()}\n`);
  // The first command's answers are long: the picture begins with the second.
  const picture = screen.slice(screen.lastIndexOf('\n', screen.indexOf(commands[1] ?? '')) + 1);
  await writeFile(join(root, 'docs/session.svg'), terminalSvg(picture, COLUMNS));
  process.stdout.write('wrote docs/session.txt and docs/session.svg: look at them\n');
} finally {
  // Of one that did not come up nothing is there, and one of its name is somebody else's.
  if (lab !== undefined) {
    await tmux('kill-server').catch(() => undefined);
    await lab.down();
  }
  await rm(dir, { recursive: true, force: true });
}

/** Waits for a file. @throws Error after LIMIT_MS */
async function finished(file: string): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (performance.now() < end) {
    if (
      await readFile(file).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((go) => setTimeout(go, 500));
  }
  throw new Error('the session did not end');
}
