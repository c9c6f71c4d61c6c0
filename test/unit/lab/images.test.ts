import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../../scripts/lab/exec.ts';
import { imageReference, publishImage } from '../../../scripts/lab/images.ts';

const REGISTRY = '10.200.1.1:5000';

describe('imageReference', () => {
  it.each([
    ['app', `${REGISTRY}/app:latest`],
    ['app:1.0', `${REGISTRY}/app:1.0`],
    ['a/b', `${REGISTRY}/a/b:latest`],
    ['a/b:c', `${REGISTRY}/a/b:c`],
    ['other.test:5000/a/b:1', `${REGISTRY}/a/b:1`],
    ['localhost/a', `${REGISTRY}/a:latest`],
    [`${REGISTRY}/app:1`, `${REGISTRY}/app:1`],
  ])('%s', (name, reference) => {
    expect(imageReference(REGISTRY, name)).toBe(reference);
  });

  it.each(['', 'App', 'a b', 'a:', 'app@sha256:00', '-x', '/a'])("refuses '%s'", (name) => {
    expect(() => imageReference(REGISTRY, name)).toThrow('image name');
  });
});

describe('publishImage', () => {
  const recorder = (stdout = ''): { calls: string[][]; docker: (args: string[]) => Promise<RunResult> } => {
    const calls: string[][] = [];
    return { calls, docker: (args) => Promise.resolve((calls.push(args), { code: 0, stdout, stderr: '' })) };
  };

  it('tags and pushes an image of the engine', async () => {
    const { calls, docker } = recorder();
    expect(await publishImage(docker, REGISTRY, 'app:1')).toBe(`${REGISTRY}/app:1`);
    expect(calls).toEqual([
      ['tag', 'app:1', `${REGISTRY}/app:1`],
      ['push', '--quiet', `${REGISTRY}/app:1`],
    ]);
  });

  it('loads an archive first, and wants a name for an image without one', async () => {
    const archive = import.meta.filename;
    const named = recorder('Loaded image: app:2\n');
    expect(await publishImage(named.docker, REGISTRY, archive)).toBe(`${REGISTRY}/app:2`);
    expect(named.calls[0]).toEqual(['load', '--input', archive]);
    const unnamed = recorder('Loaded image ID: sha256:0123\n');
    await expect(publishImage(unnamed.docker, REGISTRY, archive)).rejects.toThrow('give one');
    expect(await publishImage(unnamed.docker, REGISTRY, archive, 'x')).toBe(`${REGISTRY}/x:latest`);
  });
});
