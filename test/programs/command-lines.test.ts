import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { CommandLines } from '../support/command-lines.ts';

it('sees the arguments of a process that has ended since', async () => {
  const seen = new CommandLines();
  const child = spawn('sleep', ['4711.25']);
  await once(child, 'spawn');
  seen.look();
  child.kill();
  await once(child, 'exit');
  seen.look();
  expect(seen.text()).toContain('sleep\n4711.25\n');
});

it('keeps each once however often it looks, and sees a process become another one, early or late', async () => {
  const proc = await mkdtemp(join(tmpdir(), 'bundle-proc-'));
  onTestFinished(() => rm(proc, { recursive: true, force: true }));
  await mkdir(join(proc, '7'));
  const runs = (name: string): Promise<void> => writeFile(join(proc, '7', 'cmdline'), `${name}\0`);
  const seen = new CommandLines();
  for (const name of ['sh', 'docker', 'docker']) {
    await runs(name);
    seen.look(proc);
  }
  expect(seen.text()).toBe('sh\n\ndocker\n');
  await runs('late');
  for (let look = 0; look < 200; look++) seen.look(proc);
  expect(seen.text()).toBe('sh\n\ndocker\n\nlate\n');
});
