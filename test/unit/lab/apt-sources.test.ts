import { describe, expect, it } from 'vitest';
import { debianMirror, listName, parseDeb822Sources, parseOneLineSources } from '../../../scripts/lab/apt-sources.ts';

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
    expect(debianMirror(sources, 'bookworm', () => undefined)?.uri).toBe('http://mirror.test/debian');
    expect(debianMirror(sources, 'trixie', () => undefined)).toBeUndefined();
  });

  const DEBIAN = 'deb http://mirror.test/debian trixie main';

  it.each([
    [
      'github-cli',
      'deb [signed-by=/etc/apt/keyrings/githubcli-archive-keyring.gpg] https://cli.test/packages stable main',
    ],
    ['chrome', 'deb [arch=amd64] https://dl.test/linux/chrome/deb/ stable main'],
    ['hashicorp', 'deb [signed-by=/usr/share/keyrings/hashicorp-archive-keyring.gpg] https://apt.test trixie main'],
    ['gitlab', 'deb [signed-by=/etc/apt/keyrings/gitlab.gpg] https://packages.test/debian trixie main'],
    ['a longer path', 'deb https://packages.test/runner/gitlab-runner/debian/ trixie main'],
  ])('passes over %s, whose suite has a name of Debian’s', (_vendor, line) => {
    const mirror = (text: string) => debianMirror(parseOneLineSources(text), 'trixie', () => undefined)?.uri;
    expect(mirror(`${line}\n${DEBIAN}`)).toBe('http://mirror.test/debian');
    expect(mirror(line)).toBeUndefined();
  });

  it.each([
    ['Debian', 'https://proxy.test/artifacts/apt-remote'],
    ['Ubuntu', undefined],
    ['Google LLC', undefined],
  ])('believes what a source says of itself: %s', (origin, uri) => {
    const sources = parseOneLineSources('deb [signed-by=/k.gpg] https://proxy.test/artifacts/apt-remote stable main');
    expect(debianMirror(sources, 'trixie', () => origin)?.uri).toBe(uri);
  });

  it('takes a source by Debian’s keyring, whatever its path', () => {
    const line = 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] https://proxy.test/apt sid main';
    expect(debianMirror(parseOneLineSources(line), 'trixie', () => undefined)?.uri).toBe('https://proxy.test/apt');
  });
});

it.each([
  ['http://mirror.test/debian', 'bookworm', 'mirror.test_debian_dists_bookworm'],
  ['https://user:secret@proxy.test/apt_remote/', 'sid', 'proxy.test_apt%5fremote_dists_sid'],
])('the lists of %s are found under the name that apt gives them', (uri, suite, name) => {
  expect(listName(uri, suite)).toBe(name);
});
