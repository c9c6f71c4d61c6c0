// Preloaded into a built command: appends to the file that LOOKS names each path that it asks the file system for, each
// variable that it reads, as $NAME, and whatever it asks for the time or for chance.
'use strict';
const fs = require('node:fs');
const crypto = require('node:crypto');

const { appendFileSync } = fs;
const log = process.env['LOOKS'];
const tell = (what) => appendFileSync(log, `${what}\n`);

for (const of of [fs, fs.promises])
  for (const [name, call] of Object.entries(of)) {
    if (typeof call !== 'function' || !/^[a-z]/.test(name) || /write|append|close|^_/i.test(name)) continue;
    of[name] = function (path, ...more) {
      if (typeof path === 'string') tell(path);
      return call.call(this, path, ...more);
    };
  }
for (const name of ['randomBytes', 'randomFill', 'randomFillSync', 'randomInt', 'randomUUID']) {
  const call = crypto[name];
  crypto[name] = (...args) => {
    tell(name);
    return call(...args);
  };
}
const { random } = Math;
Math.random = () => {
  tell('Math.random');
  return random();
};
globalThis.Date = new Proxy(Date, {
  construct(date, args) {
    if (args.length === 0) tell('new Date()');
    return new date(...args);
  },
  apply(date) {
    tell('Date()');
    return date();
  },
  get(date, key) {
    if (key === 'now') tell('Date.now');
    return Reflect.get(date, key);
  },
});
process.env = new Proxy(process.env, {
  get(env, name) {
    if (typeof name === 'string') tell(`$${name}`);
    return env[name];
  },
  ownKeys(env) {
    tell('$*');
    return Reflect.ownKeys(env);
  },
});
