import { resolve } from 'node:path';
import { accessText } from '../../text/access-text.ts';
import type { CommandIo } from '../../cli/io.ts';
import { jsonText } from '../../json-text.ts';
import { resultScreen } from '../../ui/screen.ts';
import { EXIT, type ExitCode } from '../../errors.ts';
import { accessOf } from '../../project/access.ts';
import { notedWays } from '../../project/node-addresses.ts';
import { loadBundle, tellUnreadable } from '../../project/bundle-dir.ts';
import type { OpenOptions } from './command.ts';

/** `bundle open`: how the stack is reached, as its definition says. It asks no engine and prints no secret. */
export async function run(options: OpenOptions, io: CommandIo): Promise<ExitCode> {
  const directory = await loadBundle(resolve(io.cwd, options.dir), io.stacks);
  tellUnreadable(directory, io);
  const { name } = directory.bundle;
  const { ways, ...others } = accessOf({ ...directory, shown: options.dir });
  const access = { ways: notedWays(ways, directory.plan.placements, options), ...others };
  io.stdout(io.json ? jsonText({ stack: name, ...access }) : accessText(name, access, resultScreen(io)));
  return EXIT.done;
}
