import type { Command } from '../cli/command.ts';
import { init } from './init/command.ts';
import { render } from './render/command.ts';
import { check } from './check/command.ts';
import { prepare } from './prepare/command.ts';
import { plan } from './plan/command.ts';
import { COMMAND_NAMES } from './names.ts';
import { completion } from './completion/command.ts';
import { deploy } from './deploy/command.ts';
import { rollback } from './rollback/command.ts';
import { history } from './history/command.ts';
import { verify } from './verify/command.ts';
import { status } from './status/command.ts';
import { open } from './open/command.ts';
import { logs } from './logs/command.ts';
import { destroy } from './destroy/command.ts';
import { plugin } from './plugin/command.ts';
import { schema } from './schema/command.ts';

const byName: Readonly<Record<(typeof COMMAND_NAMES)[number], Command>> = {
  init,
  render,
  check,
  prepare,
  plan,
  deploy,
  rollback,
  history,
  verify,
  status,
  open,
  logs,
  destroy,
  plugin,
  schema: schema(() => commands),
  completion,
};

/** Every command, in the order of help. */
export const commands: readonly Command[] = COMMAND_NAMES.map((name) => byName[name]);
