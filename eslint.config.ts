import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import tseslint from 'typescript-eslint';

/*
 * Imports run one way: main → cli → commands → application (cli/, init/, deploy/, project/, text/, verify/bundle/,
 * run-target/) → middle (wizard, checks, converge, verify, quorum, lease, release, swarm, plan, place) → ground (bundle,
 * compose, engine, io, ui, sdk, stacks, secrets); and what is pure stays pure. Each entry below names a folder and what
 * it may not import.
 */
const commands = String.raw`^(\.\./)+(src/)?(commands/|cli\.ts$|main\.ts$)`;
const application = String.raw`^(\.\./)+(src/)?(cli|init|deploy|project|text|verify/bundle|run-target)/`;
const middle = String.raw`/(wizard|plan|checks|converge|verify|lease|release|swarm|quorum|place|run-target)/`;
const engineButPort = String.raw`/engine/(?!port\.ts$)`;
const builtins =
  'child_process|cluster|dgram|dns|fs|http|http2|https|net|os|process|readline|repl|tls|tty|worker_threads';
const effects = `^(node:)?(${builtins})(/|$)`;

const forbid = (regex: string, message: string) => ({ regex, message });
const notCommands = [forbid(commands, 'imports run one way: commands are above this folder')];
const upwards = [
  ...notCommands,
  forbid(application, 'imports run one way: the application layer is above this folder'),
];
const pure = [
  forbid(effects, 'this folder is pure: no files, processes or network'),
  forbid(String.raw`^(dockerode|docker-modem|@inquirer/|mysql2|pg$)`, 'this folder is pure'),
  forbid(engineButPort, 'this folder is pure: of the engine it may know the port’s types only'),
  forbid(String.raw`/(io|ui)/`, 'this folder is pure'),
];
/** What follows from answers does so at any time, and each time alike: of the clock, and of chance, nothing. */
const noTime = [forbid(String.raw`^(node:)?(timers|perf_hooks)(/|$)`, 'a definition is pure: no clock')];
const noChance = [
  'NewExpression[callee.name="Date"][arguments.length=0]',
  'CallExpression[callee.name="Date"]',
  'MemberExpression[object.name="Date"][property.name="now"]',
  'MemberExpression[object.name="Math"][property.name="random"]',
  'MemberExpression[object.name="performance"]',
  'MemberExpression[property.name=/^(random(Bytes|Fill|Int|UUID)|getRandomValues|generateKey)/]',
  'ImportSpecifier[imported.name=/^(random(Bytes|Fill|Int|UUID)|getRandomValues|generateKey)/]',
].map((selector) => ({ selector, message: 'a definition is pure: no clock, and nothing by chance' }));
const oneDocker = [forbid(String.raw`^(dockerode|docker-modem)`, 'only src/engine knows dockerode')];
const onePrompt = [forbid(String.raw`^@inquirer/`, 'only src/wizard/prompts.ts knows the prompt library')];
const noChild = [forbid(String.raw`^node:child_process`, 'only src/engine starts processes')];
const noDefinition = [
  forbid(String.raw`^(\.\./)+stacks/`, 'src takes the catalogue as a value; only src/entry.ts hands one in'),
  forbid(
    String.raw`/secrets/(?!index\.ts$)`,
    'src knows kinds of secret by their contract, and what their index offers',
  ),
];
const sdkOnly = [forbid(String.raw`/src/(?!sdk/)`, 'of src, stacks and secrets import src/sdk alone')];
const kindsOnly = [forbid(String.raw`/secrets/(?!index\.ts$)`, 'a definition knows kinds of secret by their index')];
const lazyAdapters = [forbid(String.raw`/adapters/`, 'an adapter is imported by import(…), when it is needed')];
const catalogue = [forbid(String.raw`/(stacks|secrets)/`, 'the contract knows none of those who keep it')];
const noStack = [forbid(String.raw`/stacks/`, 'a kind of secret knows no stack')];

const restrict = (
  ...groups: { regex: string; message: string }[][]
): { 'no-restricted-imports': ['error', { patterns: { regex: string; message: string }[] }] } => ({
  'no-restricted-imports': ['error', { patterns: groups.flat() }],
});

/** The same for `import(…)`, which `no-restricted-imports` does not look at. */
const restrictLazy = (
  ...groups: { regex: string; message: string }[][]
): { 'no-restricted-syntax': ['error', ...{ selector: string; message: string }[]] } => ({
  'no-restricted-syntax': [
    'error',
    ...groups.flat().map(({ regex, message }) => ({
      selector: `ImportExpression[source.value=/${regex.replaceAll('/', String.raw`\/`)}/]`,
      message,
    })),
  ],
});
const lazyIndexes = [forbid(String.raw`/(stacks|secrets)/(?!index\.ts$)`, 'src imports their index alone, lazily too')];

export default tseslint.config(
  { ignores: ['dist/', '.dist-*/', 'node_modules/', '.cache/', 'coverage/'] },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ['scripts/*.cjs', 'scripts/*.mjs', 'scripts/*/*.mjs', 'scripts/*/*/*.mjs'],
        },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
    },
  },
  { files: ['**/*.{mjs,cjs}'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  { files: ['src/**'], ignores: ['src/entry.ts'], rules: restrict(oneDocker, onePrompt, noChild, noDefinition) },
  {
    // Modules that import each other cannot be read, or loaded, one at a time. Types are looked at by a unit test
    // (test/unit/house/cycles.test.ts): this rule leaves them out.
    files: ['src/**', 'stacks/**', 'secrets/**', 'scripts/**/*.ts'],
    plugins: { 'import-x': importX },
    settings: {
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/extensions': ['.ts'],
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mjs', '.js'] })],
    },
    rules: { 'import-x/no-cycle': ['error', { ignoreExternal: true }] },
  },
  {
    files: ['src/{cli,init,deploy,project,text,verify/bundle,run-target}/**'],
    rules: restrict(notCommands, oneDocker, onePrompt, noChild, noDefinition),
  },
  {
    files: ['src/{bundle,compose,plan,place,image,run-target/plan}/**'],
    rules: restrict(
      upwards,
      pure,
      [forbid(String.raw`/(wizard|checks|converge|verify|quorum|lease|release|swarm)/`, 'imports run one way')],
      noDefinition,
    ),
  },
  {
    // What a bundle is stands above its stack document, and above the names of images.
    files: ['src/{compose,image}/**'],
    rules: restrict(upwards, pure, noDefinition, [
      forbid(middle, 'imports run one way'),
      forbid(String.raw`/bundle/`, 'imports run one way: a bundle is above its stack document'),
    ]),
  },
  { files: ['src/**'], rules: restrictLazy(lazyIndexes) },
  {
    files: ['src/{bundle,compose,plan,place,image,run-target/plan,sdk}/**'],
    rules: restrictLazy(lazyIndexes, pure),
  },
  { files: ['secrets/**'], rules: restrictLazy(sdkOnly, pure) },
  {
    files: ['stacks/**'],
    rules: { 'no-restricted-syntax': [...restrictLazy(sdkOnly, pure, noTime)['no-restricted-syntax'], ...noChance] },
  },
  { files: ['stacks/**/adapters/**'], rules: restrictLazy(sdkOnly) },
  { files: ['stacks/**'], rules: restrict(pure, noTime, sdkOnly, kindsOnly, lazyAdapters) },
  // The proof of the contract: a definition that the tests alone know is held to the same.
  { files: ['test/proof/{definition,level,server,stores}.ts'], rules: restrict(pure, sdkOnly, kindsOnly) },
  // How a server is asked: it reaches out, and is loaded by `import(…)` alone.
  { files: ['stacks/**/adapters/**'], rules: restrict(sdkOnly, oneDocker, onePrompt, noChild) },
  { files: ['secrets/**'], rules: restrict(pure, sdkOnly, noStack) },
  {
    files: ['src/sdk/**'],
    rules: restrict(upwards, pure, catalogue, [forbid(middle, 'imports run one way')]),
  },
  {
    files: ['src/{io,ui}/**'],
    rules: restrict(upwards, oneDocker, onePrompt, noChild, noDefinition, [forbid(middle, 'imports run one way')]),
  },
  {
    files: ['src/engine/**'],
    rules: restrict(upwards, onePrompt, noDefinition, [
      forbid(middle, 'imports run one way'),
      forbid(String.raw`/(bundle|compose|io|ui)/`, 'the engine port knows nothing of bundles'),
    ]),
  },
  {
    files: ['src/{checks,converge,verify,lease,release,swarm,quorum}/**'],
    ignores: ['src/verify/bundle/**'],
    rules: restrict(upwards, oneDocker, onePrompt, noChild, noDefinition, [
      forbid(engineButPort, 'of the engine only the port'),
    ]),
  },
  { files: ['src/wizard/**'], rules: restrict(upwards, oneDocker, noChild, noDefinition) },
  {
    files: ['src/{bundle,compose,plan,place,image,run-target/plan,sdk}/**', 'stacks/**', 'secrets/**'],
    ignores: ['stacks/**/adapters/**'],
    rules: { 'no-restricted-globals': ['error', 'process', 'fetch', 'setTimeout', 'setInterval', 'console'] },
  },
  {
    files: ['test/**', 'scripts/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
