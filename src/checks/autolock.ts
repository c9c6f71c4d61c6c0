import type { Check } from './check.ts';

export const autolock: Check = {
  name: 'autolock',
  title: 'manager autolock',
  offline: false,
  onceASwarm: true,
  run({ info }) {
    if (info?.swarm.autolock) return [{ level: 'ok', text: 'on' }];
    return [
      {
        level: 'warning',
        text:
          'autolock is off: every secret, the CA’s key too, lies in each manager’s Raft store beside the key that ' +
          'opens it',
        hint: 'docker swarm update --autolock=true (and keep the unlock key)',
      },
    ];
  },
};
