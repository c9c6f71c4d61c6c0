import { createStyle } from '../ui/style.ts';
import { reportJson } from '../verify/report-json.ts';
import { reportJunit } from '../verify/report-junit.ts';
import { reportPrometheus } from '../verify/report-prometheus.ts';
import { reportTap } from '../verify/report-tap.ts';
import { reportText } from '../verify/report-text.ts';
import type { Verification } from '../verify/result.ts';
import type { CommandIo } from './io.ts';

export type VerifyFormat = 'text' | 'json' | 'junit' | 'tap' | 'prometheus';

/** A verification in the asked format. */
export function verificationText(verified: Verification, format: VerifyFormat, io: CommandIo): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(reportJson(verified), null, 2)}\n`;
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
