import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveEngine } from '../../../src/engine/address.ts';
import { connect } from '../../../src/engine/docker.ts';
import type { Engine } from '../../../src/engine/port.ts';
import { sshArgs } from '../../../src/engine/ssh.ts';
import { fakeEngine, frame, type FakeEngine } from '../../unit/engine/fake-engine.ts';

let dir: string;
let fake: FakeEngine;
const engines: Engine[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'fake-ssh-'));
  fake = await fakeEngine({
    'GET /nodes': () => ({ json: [] }),
    'GET /tasks/t/logs': (_seen, response) => void response.writeHead(200).write(frame(1, 'followed\n')),
  });
});
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  await fake.close();
  await rm(dir, { recursive: true, force: true });
});

/** An `ssh` on the PATH that leads to the fake engine's socket, as `docker system dial-stdio` does. */
async function ssh(script = ''): Promise<void> {
  const file = join(dir, 'ssh');
  const dial = `const s=require('net').connect('${fake.socket}');process.stdin.pipe(s);s.pipe(process.stdout);s.on('close',()=>process.exit(0))`;
  await writeFile(file, `#!/bin/sh\necho "$*" >> '${dir}/calls'\n${script}\nexec '${process.execPath}' -e "${dial}"\n`);
  await chmod(file, 0o755);
}

async function engine(url = 'ssh://me@far:2222'): Promise<Engine> {
  const connected = await connect(await resolveEngine({ host: url, env: { PATH: `${dir}:/usr/bin:/bin` }, home: dir }));
  engines.push(connected);
  return connected;
}

const calls = async (): Promise<string[]> => (await readFile(join(dir, 'calls'), 'utf8')).trim().split('\n');

describe('an engine behind ssh', () => {
  it('is asked over one kept connection', async () => {
    await ssh();
    const far = await engine();
    for (let i = 0; i < 5; i++) expect(await far.nodes()).toEqual([]);
    expect(await calls()).toEqual([
      '-l me -p 2222 -o ConnectTimeout=30 -o BatchMode=yes -T -- far docker system dial-stdio',
    ]);
  });

  it('is read from over a new connection if the ssh of a kept one ends', async () => {
    await ssh(`echo $$ > '${dir}/pid'`);
    const far = await engine();
    const pid = Number(await readFile(join(dir, 'pid'), 'utf8'));
    fake.answer('GET /nodes', () => {
      fake.answer('GET /nodes', () => ({ json: [] }));
      process.kill(pid);
    });
    expect(await far.nodes()).toEqual([]);
    expect(await calls()).toHaveLength(2);
  });

  it.each([
    ['a greeting', "echo 'Welcome to far'", '"Welcome to far"'],
    ['a greeting that begins as an answer does', "printf 'HTTPS is required here'", '"HTTPS is required here"'],
    [
      'more than is quoted, with control characters',
      "printf '\\033[31m%s\\033[0m\\n' \"$(seq 1000 | tr '\\n' ' ')\"",
      '"1 2 3 4',
    ],
    ['Japanese', "printf '\\nようこそ、管理者さん\\n'", '"ようこそ、管理者さん"'],
    ['Arabic, and a mark that turns what follows', "printf '\\342\\200\\256مرحبا بكم\\n'", '"مرحبا بكم"'],
    ['German in Latin-1', "printf 'Willkommen zur\\374ck\\n'", '"Willkommen zur\ufffdck"'],
    ['a line end first and its text later', "echo; sleep 0.1; echo 'Last login: today'", '"Last login: today"'],
    ['more of one language than is quoted', "printf '日%.0s' $(seq 300)", `"${'日'.repeat(80)}…"`],
    ['white space', "printf '\\n  \\t\\n'", 'white space'],
    [
      'bytes',
      "printf '\\037\\213\\010\\000\\001\\002\\003\\377\\376\\000'",
      'bytes that are no text (1f 8b 08 00 01 02 03 ff …)',
    ],
  ])('that prints %s is told so, by its first words', async (_case, script, words) => {
    await ssh(`${script}\nsleep 60`);
    await expect(engine()).rejects.toMatchObject({
      code: 'engine-unreachable',
      message: expect.stringContaining(`the login prints text where the engine's answer is due: ${words}`) as string,
    });
  });

  it.each([
    [
      'a user who may not log in',
      "echo 'This account is currently not available.'; exit 1",
      'prints "This account is currently not available." where the engine\'s answer is due, and ends with code 1',
    ],
    [
      'a restricted command, and the reason elsewhere',
      "echo 'Only git here'; echo 'docker: refused' >&2; exit 128",
      'prints "Only git here" where the engine\'s answer is due, and ends with code 128: docker: refused',
    ],
    [
      'the beginning of an answer',
      'printf HT; exit 0',
      'prints "HT" where the engine\'s answer is due, and ends with code 0',
    ],
    ['nothing', 'kill -9 $$', 'ended with signal SIGKILL'],
    ['colours', "printf '\\033[1mNo route\\r\\n\\033]0;title\\007to host' >&2; exit 255", 'No route\nto host'],
  ])('that ends by itself after %s: why', async (_case, script, words) => {
    await ssh(script);
    const error = await engine().then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    );
    expect(error?.message).toContain(words);
    expect(error?.message).not.toContain('start-up file');
  });

  it('may bring its answer in pieces', async () => {
    await ssh(
      `exec '${process.execPath}' -e "process.stdout.write('HT');setTimeout(()=>process.stdout.write('TP/1.1 ` +
        `200 OK\\r\\nApi-Version: 1.41\\r\\nContent-Length: 2\\r\\n\\r\\nOK'),50);process.stdin.resume()"`,
    );
    expect((await engine()).address.url).toBe('ssh://me@far:2222');
  });

  it('may have its socket elsewhere', () => {
    expect(sshArgs({ kind: 'ssh', host: 'h', socket: '/run/x.sock' }).slice(-6)).toEqual([
      'h',
      'docker',
      '--host',
      'unix:///run/x.sock',
      'system',
      'dial-stdio',
    ]);
  });

  it('can be followed, and let go of', async () => {
    await ssh();
    const stop = new AbortController();
    const far = await engine();
    const heard: string[] = [];
    const reading = Promise.all(
      Array.from({ length: 12 }, async () => {
        for await (const { data } of far.taskLogs('t', { follow: true, signal: stop.signal }))
          heard.push(data.toString());
      }),
    );
    while (heard.length < 12) await sleep(20);
    stop.abort();
    await reading;
    expect(heard).toEqual(Array.from({ length: 12 }, () => 'followed\n'));
  });

  it('is logged in to by a few connections at a time, as sshd drops more', async () => {
    await ssh(`echo $$ > '${dir}/now.'$$; ls '${dir}'/now.* | wc -l >> '${dir}/counts'; sleep 0.3; rm '${dir}/now.'$$`);
    const far = await engine();
    await Promise.all(Array.from({ length: 10 }, () => far.nodes()));
    const counts = (await readFile(join(dir, 'counts'), 'utf8')).trim().split('\n').map(Number);
    expect(Math.max(...counts)).toBeLessThanOrEqual(4);
  });

  it('says ssh once if its own words begin with it', async () => {
    await ssh('echo "ssh: connect to host far port 22: No route to host" >&2; exit 255');
    await expect(engine()).rejects.toThrow(/\): ssh: connect to host far/);
  });

  it('gives the words of ssh where it fails', async () => {
    await ssh('echo "me@far: Permission denied (publickey)." >&2; exit 255');
    await expect(engine()).rejects.toMatchObject({
      code: 'engine-unreachable',
      message: expect.stringContaining(
        'no engine answers at ssh://me@far:2222 (from --host ssh://me@far:2222): ssh: me@far: Permission denied ' +
          '(publickey).',
      ) as string,
      hints: [expect.stringContaining('by hand')],
    });
    expect(await calls()).toHaveLength(1);
  });

  it('says so where there is no ssh', async () => {
    const location = await resolveEngine({ host: 'ssh://far', env: { PATH: dir }, home: dir });
    await expect(connect(location)).rejects.toMatchObject({
      code: 'engine-unreachable',
      message: expect.stringContaining('no ssh client on the PATH') as string,
    });
  });

  it('tells of a connection that ends early', async () => {
    await ssh('exit 0');
    await expect(engine()).rejects.toMatchObject({ code: 'engine-unreachable' });
  });
});
