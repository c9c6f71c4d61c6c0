import { createServer } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { refuseOtherEngine } from '../../../scripts/lab/engine.ts';
import { enginePath, engineProgram, obtainEngine } from '../../../scripts/lab/engine-programs.ts';
import { DEFAULT_ENGINE, ENGINE_NAMES, ENGINES, NEWEST_ENGINE, SYSTEM_ENGINE } from '../../../scripts/lab/engines.ts';
import { systemPath } from '../../../scripts/lab/exec.ts';

describe('pinned engines', () => {
  it('are those that can be asked for, beside the newest and the one of the machine', () => {
    expect([...Object.keys(ENGINES), NEWEST_ENGINE, SYSTEM_ENGINE].sort()).toEqual([...ENGINE_NAMES].sort());
    expect(ENGINES).toHaveProperty([DEFAULT_ENGINE]);
  });

  it.each(Object.entries(ENGINES))(
    '%s has its own version of docker.io, and each package once with its sum',
    (name, { packages }) => {
      const files = packages.map(({ file }) => file.split('/').at(-1) ?? '');
      expect(files.filter((file) => file.startsWith(`docker.io_${name}.`))).toHaveLength(1);
      expect(files.map((file) => file.split('_')[0])).toEqual(
        expect.arrayContaining(['containerd', 'runc', 'libseccomp2']),
      );
      expect(new Set(files.map((file) => file.split('_')[0])).size).toBe(files.length);
      for (const { file, sha256 } of packages) {
        expect(file).toMatch(/^pool\/main\/\S+_amd64\.deb$/);
        expect(sha256).toMatch(/^[0-9a-f]{64}$/);
      }
    },
  );
});

describe('an engine on another architecture', () => {
  const { arch } = process;
  afterEach(() => {
    Object.defineProperty(process, 'arch', { value: arch });
  });

  it.each(Object.keys(ENGINES))('%s: says why it cannot be had, and what can', async (name) => {
    Object.defineProperty(process, 'arch', { value: 'arm64' });
    const log = vi.fn();
    await expect(obtainEngine(name, log)).rejects.toThrow(
      new RegExp(
        `engine ${name} cannot be had here: .*arm64\n\`npm run lab\` takes another with --engine, .*: system; `,
      ),
    );
    expect(log).not.toHaveBeenCalled();
  });
});

describe("the PATH of an engine's own programs", () => {
  it("is the machine's for the engine of the machine", () => {
    expect(enginePath({ name: SYSTEM_ENGINE, version: '20.10.24' })).toBe(systemPath());
  });

  it('is refused once they are gone from the cache', () => {
    expect(() => enginePath({ name: '28', version: '28.5.2', dir: '/nonexistent/engine' })).toThrow(
      /\/nonexistent\/engine\/bin: engine 28 .* bring the lab up again/,
    );
  });
});

describe('the engine of a host', () => {
  it('is started by its own program, whatever PATH has', () => {
    expect(engineProgram({ name: '28', version: '28.5.2', dir: '/cache/engine' })).toBe('/cache/engine/bin/dockerd');
  });

  it('is refused if another one answers in its place', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'bundle-engine-'));
    const server = createServer((_request, response) => response.end('{"Version":"28.5.2+dfsg4"}'));
    onTestFinished(async () => {
      server.close();
      await rm(dir, { recursive: true, force: true });
    });
    await new Promise<void>((resolve) => server.listen(join(dir, 'docker.sock'), resolve));
    const host = { name: 'node1', socket: `unix://${join(dir, 'docker.sock')}` };
    await refuseOtherEngine(host, { name: '28', version: '28.5.2', dir: '/cache/28' });
    await expect(refuseOtherEngine(host, { name: '26', version: '26.1.5', dir: '/cache/26' })).rejects.toThrow(
      'node1 runs Engine 28.5.2+dfsg4, not 26.1.5 of /cache/26',
    );
  });
});
