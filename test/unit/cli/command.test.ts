import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli.ts';
import { command, COMMON, DIRECTORY, usageOf, wordOf, type Flags, type OptionsOf } from '../../../src/cli/command.ts';
import type { CommandIo } from '../../../src/cli/io.ts';
import { commands } from '../../../src/commands/index.ts';
import { EXIT, EXIT_MEANINGS } from '../../../src/errors.ts';

const flags = {
  follow: { kind: 'switch', short: 'f', text: 'go on' },
  color: { kind: 'off', text: 'no colours' },
  killAfter: { kind: 'value', value: 'duration', text: 'kill' },
  size: { kind: 'value', value: 'size', text: 'how much', choices: ['s', 'l'], default: 's' },
  only: { kind: 'list', value: 'name', text: 'this one' },
} as const satisfies Flags;
type Options = OptionsOf<typeof flags>;

const described = { name: 'try', summary: 'tries', arguments: DIRECTORY, flags, json: {} } as const;

describe('a command', () => {
  it('gets the options that its flags give, and an option that is misspelt does not compile', () => {
    const good: Options = { dir: '.', color: true, size: 'l', only: [], killAfter: '1m' };
    // @ts-expect-error of the flags, it is called killAfter
    const misspelt: Options = { dir: '.', color: true, size: 'l', only: [], killafter: '1m' };
    // @ts-expect-error not one of the choices
    const other: Options = { ...good, size: 'm' };
    // @ts-expect-error a list is always there
    const lacking: Options = { dir: '.', color: true, size: 'l' };
    expect([misspelt, other, lacking]).toHaveLength(3);

    command({ ...described, run: async () => ({ run: async ({ killAfter }: Options) => (killAfter ? 0 : 1) }) });
    // @ts-expect-error its run wants an option that no flag gives
    command({ ...described, run: async () => ({ run: async (_: { dir: string; killafter?: string }) => EXIT.done }) });
    // @ts-expect-error its run wants a list of what is one value
    command({ ...described, run: async () => ({ run: async (_: { killAfter?: string[] }) => EXIT.done }) });
  });

  it('is called with what the command line gave', async () => {
    let got: Options | undefined;
    const made = command({
      ...described,
      run: async () => ({
        run: async (options: Options) => {
          got = options;
          return EXIT.done;
        },
      }),
    });
    await made.start({ dir: 'prod', color: true, size: 's', only: ['a'] }, {} as CommandIo);
    expect(got).toEqual({ dir: 'prod', color: true, size: 's', only: ['a'] });
  });

  it.each(commands.map((each) => [each.name, each] as const))(
    '%s refuses a second value where it takes one',
    async (name, { flags }) => {
      const all: Flags = { ...COMMON, ...flags };
      for (const [key, flag] of Object.entries(all)) {
        if (flag.kind !== 'value') continue;
        const word = wordOf(key, flag);
        const value = flag.choices?.[0] ?? 'x';
        const twice = runCli([name, word, value, `${word}=${value}`], { stacks: [] } as unknown as CommandIo, '1.0.0');
        await expect(twice, word).rejects.toMatchObject({
          exit: EXIT.usage,
          message: `${word} is given twice, and takes one value`,
        });
      }
    },
  );

  it('shows its flags as words', () => {
    expect(Object.entries(flags).map(([key, flag]) => usageOf(key, flag))).toEqual([
      '-f, --follow',
      '--no-color',
      '--kill-after <duration>',
      '--size <size>',
      '--only <name>',
    ]);
  });
});

const help = async (...argv: string[]): Promise<string> => {
  let text = '';
  const io = { program: 'bundle', stacks: [], stdout: (part: string) => (text += part) } as unknown as CommandIo;
  await runCli([...argv, '--help'], io, '0');
  return text;
};

describe('help', () => {
  it('has every command with its summary', async () => {
    const text = (await help()).replace(/\s+/g, ' ');
    for (const { name, summary } of commands) {
      expect(text).toContain(` ${name} `);
      expect(text).toContain(summary);
    }
  });

  it.each(commands.map((each) => [each.name, each] as const))(
    'of %s has every flag and example',
    async (name, each) => {
      const text = await help(name);
      for (const [key, flag] of Object.entries(each.flags)) expect(text).toContain(usageOf(key, flag));
      for (const line of each.examples ?? []) expect(text).toContain(line);
    },
  );

  it('tells every exit code that a command ends with by itself', async () => {
    const text = (await help()).replace(/\s+/g, ' ');
    const own = Object.entries(EXIT_MEANINGS).filter(([code]) => Number(code) !== EXIT.terminated);
    expect(own.length).toBeGreaterThan(9);
    for (const [code, meaning] of own) expect(text).toContain(`${code} ${meaning}`);
  });
});
