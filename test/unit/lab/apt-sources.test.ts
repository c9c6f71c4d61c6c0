import { describe, expect, it } from 'vitest';
import { debianMirror, parseDeb822Sources, parseOneLineSources } from '../../../scripts/lab/apt-sources.ts';

const DEB822 = `Types: deb
# a comment in between
URIs: http://mirror.test/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://src.test/debian
Suites: bookworm
Components: main
`;

describe('parseDeb822Sources', () => {
  it('reads paragraphs, without disabled ones and sources of sources', () => {
    expect(parseDeb822Sources(DEB822)).toEqual([
      {
        uri: 'http://mirror.test/debian',
        suites: ['bookworm', 'bookworm-updates'],
        components: ['main'],
        signedBy: '/usr/share/keyrings/debian-archive-keyring.gpg',
      },
      { uri: 'http://mirror.test/debian-security', suites: ['bookworm-security'], components: ['main'] },
    ]);
  });

  it('gives one source per mirror', () => {
    const text = 'Types: deb deb-src\nURIs: http://a.test/ http://b.test/\nSuites: sid\nComponents: main contrib\n';
    expect(parseDeb822Sources(text).map((source) => source.uri)).toEqual(['http://a.test/', 'http://b.test/']);
  });
});

describe('parseOneLineSources', () => {
  it('reads lines with and without options and comments', () => {
    const text = [
      '# deb http://off.test/debian bookworm main',
      'deb http://a.test/debian bookworm main contrib # ours',
      'deb [arch=amd64 signed-by=/k.gpg] https://b.test/x stable main',
      'deb-src http://a.test/debian bookworm main',
      '',
    ].join('\n');
    expect(parseOneLineSources(text)).toEqual([
      { uri: 'http://a.test/debian', suites: ['bookworm'], components: ['main', 'contrib'] },
      { uri: 'https://b.test/x', suites: ['stable'], components: ['main'], signedBy: '/k.gpg' },
    ]);
  });
});

describe('debianMirror', () => {
  it('takes the release itself, not its security updates or another vendor', () => {
    const sources = [
      ...parseOneLineSources(
        'deb https://vendor.test/apt cloud-bookworm main\ndeb http://s.test/ bookworm-security main',
      ),
      ...parseDeb822Sources(DEB822),
    ];
    expect(debianMirror(sources, 'bookworm')?.uri).toBe('http://mirror.test/debian');
    expect(debianMirror(sources, 'trixie')).toBeUndefined();
  });
});
