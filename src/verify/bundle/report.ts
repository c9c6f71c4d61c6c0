import { reportJson } from '../report/json.ts';
import { reportJunit } from '../report/junit.ts';
import { reportPrometheus } from '../report/prometheus.ts';
import { reportTap } from '../report/tap.ts';
import { reportMatrix } from '../report/matrix.ts';
import { reportText, type About } from '../report/text.ts';
import type { Verification } from '../result.ts';
import type { CommandIo } from '../../cli/io.ts';
import { jsonText } from '../../json-text.ts';
import { resultScreen } from '../../ui/screen.ts';

export type VerifyFormat = 'text' | 'json' | 'junit' | 'tap' | 'prometheus';

/** A verification in the asked format. @param about of the text alone; `wide`: every check of every task */
export function verificationText(
  verified: Verification,
  format: VerifyFormat,
  io: CommandIo,
  { wide = false, ...about }: About & { wide?: boolean | undefined } = {},
): string {
  switch (format) {
    case 'json':
      return jsonText(reportJson(verified));
    case 'junit':
      return reportJunit(verified);
    case 'tap':
      return reportTap(verified);
    case 'prometheus':
      return reportPrometheus(verified, new Date());
    case 'text':
      return wide ? reportMatrix(verified, resultScreen(io).style) : reportText(verified, resultScreen(io), about);
  }
}
