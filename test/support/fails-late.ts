import { stacks } from '../../stacks/index.ts';
import { start } from '../../src/start.ts';

const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text: string | Uint8Array): boolean => {
  process.stdout.write = write;
  write(text);
  throw new Error('failed after that');
};

/** The program, which fails as soon as it has printed its result. */
void start(stacks);
