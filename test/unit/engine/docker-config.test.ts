import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { homeDirectory, parseDockerConfig, readDockerConfig } from '../../../src/engine/docker-config.ts';

const auth = (pair: string): string => Buffer.from(pair).toString('base64');
const login = (entry: unknown): unknown =>
  parseDockerConfig(JSON.stringify({ auths: { r: entry } }), 'FILE').logins.get('r');

describe('a log-in in config.json', () => {
  it.each([
    ['base64', { auth: auth('me:pass:word') }, { username: 'me', password: 'pass:word' }],
    [
      'base64 that outranks plain fields',
      { auth: auth('me:a'), username: 'you', password: 'b' },
      { username: 'me', password: 'a' },
    ],
    ['base64 ended by zero bytes', { auth: auth('me:a\0\0') }, { username: 'me', password: 'a' }],
    [
      'base64 over two lines',
      { auth: auth('me:a-long-password').replace(/^(.{8})/, '$1\n') },
      { username: 'me', password: 'a-long-password' },
    ],
    ['plain user name and password', { username: 'me', password: 'p' }, { username: 'me', password: 'p' }],
    ['an identity token', { identitytoken: 't' }, { identitytoken: 't' }],
    [
      'an identity token beside a user name',
      { auth: auth('00000000:'), identitytoken: 't' },
      { username: '00000000', identitytoken: 't' },
    ],
    ['a registry token', { registrytoken: 't' }, { registrytoken: 't' }],
    [
      'null beside another field',
      { auth: null, username: 'me', password: 'p', identitytoken: null },
      { username: 'me', password: 'p' },
    ],
    ['names in another case, as Go takes them', { Username: 'me', PASSWORD: 'p' }, { username: 'me', password: 'p' }],
    ['a number beside a token', { password: 5, registrytoken: 't' }, { registrytoken: 't' }],
    ['null', null, undefined],
    ['nothing', {}, undefined],
    ['no base64', { auth: '!!!' }, undefined],
    ['base64 without a colon', { auth: auth('nobody') }, undefined],
    ['base64 without a user', { auth: auth(':p') }, undefined],
  ])('is %s', (_case, entry, expected) => {
    expect(login(entry)).toEqual(expected);
  });
});

describe('config.json', () => {
  it.each([
    ['is empty', ''],
    ['holds white space', ' \n\t'],
    ['holds null', 'null'],
    [
      'has null in every field',
      '{"auths":null,"credsStore":null,"credHelpers":null,"HttpHeaders":null,"currentContext":null}',
    ],
    ['has null in every entry', '{"auths":{"r":null},"credHelpers":{"r":null},"HttpHeaders":{"X-A":null}}'],
    [
      'has fields of later versions',
      '{"features":{"x":"y"},"plugins":{"debug":{"hooks":"exec"}},"proxies":{"default":{}}}',
    ],
  ])('that %s is no fault', (_case, text) => {
    expect(parseDockerConfig(text, 'FILE')).toMatchObject({ credsStore: '', currentContext: '', faults: [] });
  });

  it.each([
    [
      'a byte order mark',
      '\uFEFF{"currentContext":"x"}',
      /^FILE is ignored, as docker does: it begins with a byte order mark; save it as UTF-8 without one$/,
    ],
    ['a comma too many', '{"currentContext":"x",}', /: it is not JSON$/],
    ['half a file', '{"currentContext":"x"', /: it is not JSON$/],
    ['a list', '["currentContext"]', /: it is no JSON object$/],
    ['text', '"x"', /: it is no JSON object$/],
  ])('that is %s is left aside', (_case, text, why) => {
    const { currentContext, faults } = parseDockerConfig(text, 'FILE');
    expect(currentContext).toBe('');
    expect(faults).toEqual([expect.stringMatching(why)]);
  });

  it('with one field that is wrong keeps the others', () => {
    const config = parseDockerConfig(
      '{"auths":{"a":{"auth":"bad"},"b":{"username":"me","password":"p"}},"credsStore":5,"currentContext":"prod","credHelpers":[],"HttpHeaders":{"X-Good":"1","X ' +
        'Bad":"2","X-Line":"a\\nb","User-Agent":"u"}}',
      'FILE',
    );
    expect(config).toMatchObject({
      credsStore: '',
      credHelpers: {},
      currentContext: 'prod',
      httpHeaders: { 'X-Good': '1' },
    });
    expect([...config.logins]).toEqual([['b', { username: 'me', password: 'p' }]]);
    expect(config.faults).toHaveLength(5);
    expect(config.faults[0]).toBe(
      'FILE: auth of a is no base64 of USER:PASSWORD; log in there again with docker login',
    );
    expect(config.faults[1]).toBe('FILE: credsStore is no text');
  });

  it('is read to the end of its first object, as by Go', () => {
    expect(parseDockerConfig('{"currentContext":"a}\\"{","x":{}} left over', 'FILE')).toMatchObject({
      currentContext: 'a}"{',
      faults: [],
    });
  });

  it('has no word of its passwords in a fault', () => {
    for (const text of [
      `{"auths":{"r":{"auth":"${auth('me:hunter2')}"}},}`,
      '{"auths":{"r":{"auth":"hunter2"}}}',
      '{"HttpHeaders":{"A B":"hunter2"}}',
    ]) {
      expect(parseDockerConfig(text, 'FILE').faults.join()).not.toMatch(/hunter2|bWU6/);
    }
  });

  describe('on disk', () => {
    let dir: string;
    beforeEach(async () => {
      dir = await mkdtemp(join(tmpdir(), 'docker-config-'));
    });
    afterEach(() => rm(dir, { recursive: true, force: true }));

    it('may be absent, and is told of where it is something else', async () => {
      expect((await readDockerConfig(dir)).faults).toEqual([]);
      await writeFile(join(dir, 'config.json'), Buffer.from('\uFEFF{}', 'utf16le'));
      expect((await readDockerConfig(dir)).faults).toEqual([expect.stringContaining('it is UTF-16')]);
      expect((await readDockerConfig(join(dir, 'config.json'))).faults).toEqual([]);
    });
  });
});

it.each([
  [{ HOME: '/home/me' }, /^\/home\/me$/],
  // An id without an entry in the password file makes os.homedir throw; here it has one, or none, and nothing is
  // thrown.
  [{ HOME: '' }, /^(\/.*)?$/],
  [{}, /^(\/.*)?$/],
])('the home directory of %o', (env, home) => {
  expect(homeDirectory(env)).toMatch(home);
});
