/** `npm run images`: builds the lab's images and puts them into the registry of a lab that is up. */
import { Argument } from 'commander';
import { commandLine, parseOrExit } from '../command-line.ts';
import { attach } from '../lab/lab.ts';
import { buildImages, IMAGE_NAMES, type ImageName } from './build.ts';

const command = commandLine('images', "Builds the lab's images and puts them into the registry of a lab that is up.")
  .option('--lab <id>', 'that lab')
  .addArgument(new Argument('[images...]', 'only these (default: all)').choices(IMAGE_NAMES));
const { lab } = parseOrExit(command).opts<{ lab?: string }>();
try {
  const only = command.args.length === 0 ? IMAGE_NAMES : (command.args as ImageName[]);
  const names = await buildImages(await attach(lab), { only, log: (line) => process.stderr.write(`${line}\n`) });
  for (const [image, reference] of Object.entries(names)) process.stdout.write(`${image} ${reference}\n`);
} catch (error) {
  process.stderr.write(`images: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
