import type { Question } from '../../../src/sdk/definition.ts';

export const imageQuestions: Question[] = [
  {
    path: 'images.manager',
    ask: 'image',
    message: 'Manager image',
    help:
      'Reference with a pinned tag, as your nodes can pull it. The default is the newest tag seen in the vendor’s ' +
      'chart.',
  },
  {
    path: 'images.agent',
    ask: 'image',
    message: 'Agent image',
    help: 'Its tags are independent of the manager’s. The default is the one the chart pairs with the default manager.',
  },
];
