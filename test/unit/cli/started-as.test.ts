import { describe, expect, it } from 'vitest';
import { asStarted, commandAsStarted, startedAs } from '../../../src/cli/started-as.ts';

describe('the words that start the program', () => {
  it.each([
    ['/usr/bin/bundle', {}, 'bundle'],
    ['/usr/bin/swarm-stack-bundler', {}, 'swarm-stack-bundler'],
    ['/x/node_modules/.bin/bundle', { npm_command: 'exec' }, 'npx bundle'],
    ['/x/node_modules/.bin/swarm-stack-bundler', { npm_command: 'exec' }, 'npx swarm-stack-bundler'],
    ['/x/node_modules/.bin/bundle', { npm_command: 'run-script' }, 'bundle'],
    ['/root/.docker/cli-plugins/docker-bundle', {}, 'docker bundle'],
    ['/x/dist/bundle.cjs', {}, 'bundle'],
    ['', {}, 'bundle'],
  ])('%s %o: %s', (script, env, words) => expect(startedAs(script, env)).toBe(words));

  it.each([
    ['run `bundle plan` first', 'run `docker bundle plan` first'],
    ['`bundle --help` shows it', '`docker bundle --help` shows it'],
    ['A cluster:\n  bundle init prod    ask\n', 'A cluster:\n  docker bundle init prod    ask\n'],
    ['Usage: `bundle [options]`', 'Usage: `docker bundle [options]`'],
    ['  source <(bundle completion zsh)', '  source <(docker bundle completion zsh)'],
    ['the bundle is written', 'the bundle is written'],
    ['edit `bundle.yaml`', 'edit `bundle.yaml`'],
    ['a bundle directory', 'a bundle directory'],
  ])('%j', (text, put) => expect(asStarted(text, 'docker bundle')).toBe(put));

  const far = 'docker --config \'my $& "d"\' bundle';
  it.each([
    ['`bundle plan`', `\`${far} plan\``],
    ['  docker --host H stack ps prod\n', `  ${far.replace(/ bundle$/, '')} --host H stack ps prod\n`],
    [`  ${far} plan\n`, `  ${far} plan\n`],
    ['the docker engine', 'the docker engine'],
    ['`docker swarm unlock` on that host', '`docker swarm unlock` on that host'],
  ])('with the global flags that the docker CLI was given, once: %j', (text, put) =>
    expect(asStarted(text, far)).toBe(put),
  );

  it('in a JSON document, which stays one', () =>
    expect(JSON.parse(asStarted(JSON.stringify('run `bundle plan`'), far, true))).toBe(`run \`${far} plan\``));

  it('of a command alone', () => {
    expect(commandAsStarted('bundle plan', far)).toBe(`${far} plan`);
    expect(commandAsStarted('docker stack ps prod', far)).toBe(`${far.replace(/ bundle$/, '')} stack ps prod`);
    expect(commandAsStarted('docker stack ps prod', 'npx bundle')).toBe('docker stack ps prod');
  });

  it('leaves texts as they are for `bundle` itself', () =>
    expect(asStarted('`bundle plan`', 'bundle')).toBe('`bundle plan`'));
});
