import type { CommandIo } from '../../cli/io.ts';
import { statusTables } from '../../text/status-tables.ts';
import { statusText } from '../../text/status-text.ts';
import { withEngine } from '../../cli/with-engine.ts';
import type { ExitCode } from '../../errors.ts';
import { jsonText } from '../../json-text.ts';
import { load } from '../../project/bundle-dir.ts';
import { Parts, readStatus } from '../../project/status.ts';
import { resultScreen } from '../../ui/screen.ts';
import type { StatusOptions } from './command.ts';

/**
 * `bundle status`: services, tasks, nodes, secrets with days left, the last verification. It reports and judges
 * nothing: exit 0. A part that the engine, or a proxy before it, does not give is told in its place, and the exit code
 * is that of the refusal.
 */
export async function run(options: StatusOptions, io: CommandIo): Promise<ExitCode> {
  const loaded = await load(options, io, { ifOld: 'unread' });
  return withEngine(options, io, async (engine) => {
    const parts = new Parts();
    const status = await readStatus(loaded, engine, parts);
    const text = options.wide === true ? statusTables : statusText;
    io.stdout(io.json ? jsonText(status) : text(status, resultScreen(io), new Date()));
    return parts.exit;
  });
}
