import type { Notice } from '../../../src/sdk/definition.ts';
import { deepStorageHasKey, type ImplyAnswers } from '../answers.ts';

/** What is not documented of deep storage, and what these answers risk. */
export function deepStorageNotices(answers: ImplyAnswers): Notice[] {
  const { type, s3 } = answers.deepStorage;
  const list: Notice[] = [];
  if (type === 'hdfs' || type === 'azure' || type === 'google') {
    const key = deepStorageHasKey(answers)
      ? ' and that its log-in goes into imply_defaults_deepStorageUser and …Password'
      : '';
    list.push({
      name: 'deep-storage-form',
      level: 'info',
      text:
        `deepStorage.type ${type} is a value that the vendor names; the form of its path${key} are inferred: only ` +
        'S3 is shown in the vendor’s chart',
      hint: 'look at the cluster’s deep storage in the manager’s UI before you start it, and correct it there',
    });
  }
  if (s3.endpoint?.startsWith('http:')) {
    list.push({
      name: 'deep-storage-clear',
      level: 'warning',
      text: 'deepStorage.s3.endpoint is plain HTTP: all segments travel in clear, whatever tls.enabled says',
      hint: 'use https, or network.encrypted if the store is in this stack’s network',
    });
  }
  return list;
}
