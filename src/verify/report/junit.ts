import { lastingName, taskText } from './words.ts';
import type { CheckResult, Verification } from '../result.ts';

/**
 * JUnit XML as CI systems read it: one suite per service, one case per task and check; "could not tell" is an error,
 * not a failure, and "not run" is skipped.
 */
export function reportJunit({ stack, results }: Verification): string {
  const services = [...new Set(results.map((result) => result.service))];
  const suites = services.map((service) =>
    suite(
      service,
      results.filter((result) => result.service === service),
    ),
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="${escape(stack)}" ${counts(results)}>`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suite(service: string, results: readonly CheckResult[]): string {
  return [
    `  <testsuite name="${escape(service)}" ${counts(results)}>`,
    ...results.map(testCase),
    '  </testsuite>',
  ].join('\n');
}

function testCase(result: CheckResult): string {
  const node = result.node === undefined || result.task !== undefined ? '' : ` on ${result.node}`;
  const open = `    <testcase classname="${escape(lastingName(result, '.'))}" name="${escape(`${result.check}${node}`)}"`;
  const task = escape(taskText(result));
  const saying = (element: string): string =>
    `${open}><${element} message="${escape(result.detail)}"${task === '' ? '/>' : `>${task}</${element}>`}</testcase>`;
  switch (result.status) {
    case 'passed':
      return `${open}><system-out>${task === '' ? '' : `${task}: `}${escape(result.detail)}</system-out></testcase>`;
    case 'failed':
      return saying('failure');
    case 'not-run':
      return saying('skipped');
    case 'unsure':
      return saying('error');
  }
}

function counts(results: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']): string =>
    String(results.filter((result) => result.status === status).length);
  return (
    `tests="${String(results.length)}" failures="${count('failed')}" errors="${count('unsure')}" ` +
    `skipped="${count('not-run')}"`
  );
}

/** XML 1.0 has no way at all to write most control characters. */
function escape(text: string): string {
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '')
    .replace(/[&<>"'\n\t\r]/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
