import type { Check } from './check.ts';

export const autolock: Check = {
  name: 'autolock',
  title: 'manager autolock',
  offline: false,
  onceASwarm: true,
  run({ info }) {
    const on = info?.swarm.autolock;
    if (on === true) return [{ level: 'ok', text: 'on' }];
    if (on === undefined)
      return [
        {
          level: 'unsure',
          text: 'the engine does not tell whether autolock is on, as while its swarm has no leader',
          hint: 'run the command again in a moment',
        },
      ];
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
