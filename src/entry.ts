import { stacks } from '../stacks/index.ts';
import { start } from './start.ts';

/** The entry of the `bundle` command, with the catalogue in stacks/. An entry with another one is as short. */
void start(stacks);
