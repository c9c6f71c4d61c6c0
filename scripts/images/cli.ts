/** `npx tsx scripts/images/cli.ts [--lab ID] [IMAGE…]`: builds the lab's images and puts them into the registry of a lab that is up. */
import { parseArgs } from 'node:util';
import { attach } from '../lab/lab.ts';
import { buildImages, IMAGE_NAMES, type ImageName } from './build.ts';

try {
  const { values, positionals } = parseArgs({ options: { lab: { type: 'string' }, help: { type: 'boolean', short: 'h' } }, allowPositionals: true });
  if (values.help === true) {
    process.stdout.write(`usage: npx tsx scripts/images/cli.ts [--lab ID] [IMAGE...]\nimages: ${IMAGE_NAMES.join(' ')}\n`);
  } else {
    const unknown = positionals.filter((name) => !(IMAGE_NAMES as string[]).includes(name));
    if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: no such image; there are ${IMAGE_NAMES.join(', ')}`);
    const only = positionals.length === 0 ? IMAGE_NAMES : (positionals as ImageName[]);
    const names = await buildImages(await attach(values.lab), { only, log: (line) => process.stderr.write(`${line}\n`) });
    for (const [image, reference] of Object.entries(names)) process.stdout.write(`${image} ${reference}\n`);
  }
} catch (error) {
  process.stderr.write(`images: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
