import { describe, expect, it } from 'vitest';
import { domainOf, familiar, familiarName, parseReference } from '../../../src/image/reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('an image reference', () => {
  it.each([
    ['zookeeper:3.9', { domain: 'docker.io', path: 'library/zookeeper', tag: '3.9' }],
    ['zookeeper', { domain: 'docker.io', path: 'library/zookeeper' }],
    ['imply/manager:1', { domain: 'docker.io', path: 'imply/manager', tag: '1' }],
    ['index.docker.io/imply/manager:1', { domain: 'docker.io', path: 'imply/manager', tag: '1' }],
    ['Registry.Example.com/imply/manager:1', { domain: 'Registry.Example.com', path: 'imply/manager', tag: '1' }],
    ['REGISTRY/x:1', { domain: 'REGISTRY', path: 'x', tag: '1' }],
    ['localhost/x:1', { domain: 'localhost', path: 'x', tag: '1' }],
    ['r.example:5000/a/b/c:V1.0_x-2', { domain: 'r.example:5000', path: 'a/b/c', tag: 'V1.0_x-2' }],
    ['[fd00::1]:5000/x:1', { domain: '[fd00::1]:5000', path: 'x', tag: '1' }],
    ['[2001:DB8::1]/x:1', { domain: '[2001:DB8::1]', path: 'x', tag: '1' }],
    ['10.1.2.3:5000/a__b/c--d.e:1', { domain: '10.1.2.3:5000', path: 'a__b/c--d.e', tag: '1' }],
    [`r.example/x:1@${DIGEST}`, { domain: 'r.example', path: 'x', tag: '1', digest: DIGEST }],
    [`x@${DIGEST}`, { domain: 'docker.io', path: 'library/x', digest: DIGEST }],
  ])('%s', (text, reference) => {
    expect(parseReference(text)).toEqual({ reference });
  });

  it.each([
    ['imply/Manager:1', 'a repository is written in lower case: imply/manager:1'],
    ['r.example:5000/Imply/Manager:V15', 'a repository is written in lower case: r.example:5000/imply/manager:V15'],
    ['Manager:1', 'a repository is written in lower case: manager:1'],
    ['https://r.example/x:1', 'it is written without https://'],
    ['docker://x:1', 'it is written without docker://'],
    ['fd00::1/x:1', 'an IPv6 registry is written in brackets, such as [fd00::1]/…'],
    ['fd00::1:5000/x:1', 'an IPv6 registry is written in brackets, such as [fd00::1]:5000/…'],
    ['[fe80::1%eth0]:5000/x:1', 'an IPv6 registry has no zone (%…)'],
    ['fe80::1%eth0/x:1', 'an IPv6 registry has no zone (%…)'],
    ['My_Repo/x:1', 'a repository is written in lower case: my_repo/x:1'],
    ['r.example:99999/x', '"r.example:99999" has a port that is none: 1 to 65535'],
    ['[::1]:0/x', '"[::1]:0" has a port that is none: 1 to 65535'],
    [`sha256:${'a'.repeat(64)}`, 'it is an id; write NAME:TAG or NAME@sha256:DIGEST'],
    ['r_e.example/x:1', 'the registry\'s host name "r_e.example" has an underscore'],
    ['r.example:port/x:1', '"r.example:port" is no registry host, with or without a port'],
    ['-r.example/x:1', '"-r.example" is no registry host, with or without a port'],
    ['r.example/', 'it names the registry r.example and no repository'],
    ['imply/manager/', 'it ends with a slash'],
    ['imply//manager:1', 'it has an empty part between slashes'],
    ['imply/manager:', 'a tag is missing after the colon: imply/manager:TAG'],
    ['imply/manager:-1', '"-1" is no tag: letters, digits and _ . -, with a letter, digit or _ first'],
    [`x:${'1'.repeat(129)}`, 'the tag has more than 128 characters'],
    ['a:b:c', 'it has a colon too many: a port comes before the first slash, one tag at the end'],
    ['a___b:1', '"a___b" is no part of a repository: lower-case letters and digits, with . _ - between them'],
    ['.a/b:1', '".a" is no registry host, with or without a port'],
    ['x@sha256:abc', 'a sha256 digest has 64 digits of 0-9 and a-f'],
    ['x@latest', 'what follows @ is no digest: sha256: and 64 digits of 0-9 and a-f'],
    ['docker pull x:1', 'it has a space in it'],
    ['', 'it is empty'],
    ['a'.repeat(64), 'it is an id; write NAME:TAG or NAME@sha256:DIGEST'],
  ])('%s is none', (text, why) => {
    expect(parseReference(text)).toEqual({ why });
  });

  it('repeats nothing of a password that stands in it', () => {
    for (const text of ['user:hunter2@r.example/x:1', 'https://user:hunter2@r.example/x'])
      expect(parseReference(text).why).not.toContain('hunter2');
  });

  it('is found under its registry, without its tag, and in one form', () => {
    const images = ['x:1', 'docker.io/x:1', 'index.docker.io/x:1', 'a/b', '[fd00::1]:5000/x:1', 'UP.example/x'];
    expect(images.map(domainOf)).toEqual([
      'docker.io',
      'docker.io',
      'docker.io',
      'docker.io',
      '[fd00::1]:5000',
      'UP.example',
    ]);
    expect(['x:1', 'r.example:5000/x', `r:5000/a/b:1@${DIGEST}`].map(familiarName)).toEqual([
      'x',
      'r.example:5000/x',
      'r:5000/a/b',
    ]);
    for (const same of [
      'zookeeper',
      'zookeeper:latest',
      'docker.io/library/zookeeper',
      `index.docker.io/library/zookeeper@${DIGEST}`,
    ])
      expect(familiar(same)).toBe('zookeeper:latest');
    expect(familiar('r.example/library/x:1')).toBe('r.example/library/x:1');
  });
});
