import { createStyle } from '../../ui/style.ts';
import { reportJson } from '../report/json.ts';
import { reportJunit } from '../report/junit.ts';
import { reportPrometheus } from '../report/prometheus.ts';
import { reportTap } from '../report/tap.ts';
import { reportText } from '../report/text.ts';
import type { Verification } from '../result.ts';
import type { CommandIo } from '../../cli/io.ts';
import { jsonText } from '../../json-text.ts';

export type VerifyFormat = 'text' | 'json' | 'junit' | 'tap' | 'prometheus';

/** A verification in the asked format. */
export function verificationText(verified: Verification, format: VerifyFormat, io: CommandIo): string {
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
      return reportText(verified, createStyle(process.stdout, { color: io.color }));
  }
}
