/** How many copies new topics have follows the number of brokers, and with it the settings of all members. */
import { describe, expect, it } from 'vitest';
import { validateAnswers } from '../../support/answers.ts';
import { rendered } from './imply.ts';

const NODES = ['a', 'b', 'c', 'd', 'e'];
const kafka = (brokers: number) =>
  validateAnswers(
    {
      version: 1,
      stack: 'kafka',
      name: 'ev',
      brokers,
      nodes: NODES.slice(0, brokers),
      controllers: { apart: true, nodes: ['a', 'b', 'c'] },
    },
    'bundle.yaml',
  );

/** Services of so many brokers that one more broker changes, and their settings that it changes. */
function changedByOneMore(brokers: number): { services: string[]; settings: string[] } {
  const [before, after] = [brokers, brokers + 1].map((count) => rendered(kafka(count)).document.services);
  const settingsOf = (name: string): string[] => {
    const [one = {}, other = {}] = [before, after].map((services) => services?.[name]?.environment);
    return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((key) => one[key] !== other[key]);
  };
  const names = Object.keys(before ?? {});
  const services = names.filter((name) => JSON.stringify(before?.[name]) !== JSON.stringify(after?.[name]));
  return { services, settings: [...new Set(services.flatMap(settingsOf))] };
}

function moreBrokers(brokers: number): string {
  const { definition, name, answers } = kafka(brokers);
  const sections = definition.plan(name, answers).runbook();
  return sections.find(({ title }) => title.startsWith('More brokers'))?.markdown ?? '';
}

describe('one more broker beside controllers apart', () => {
  it.each([1, 2])('of %i changes all members, by their copies alone, and the runbook says so', (brokers) => {
    const { services, settings } = changedByOneMore(brokers);
    const own = NODES.slice(0, brokers).map((_node, index) => `kafka-${index + 1}`);
    expect(services).toEqual([...[1, 2, 3].map((id) => `kafka-controller-${id}`), ...own]);
    for (const setting of settings) expect(setting).toMatch(/REPLICATION_FACTOR$|MIN_INSYNC_REPLICAS$|MIN_ISR$/);
    // The active controller takes the copies of a topic from its own settings.
    expect(settings).toContain('KAFKA_DEFAULT_REPLICATION_FACTOR');
    expect(moreBrokers(brokers)).toContain('All brokers and controllers restart for it');
    expect(moreBrokers(brokers)).toContain('\nbundle deploy --ignore quorum-stop\n');
  });

  it.each([3, 4])('of %i changes nobody, and the runbook says so', (brokers) => {
    expect(changedByOneMore(brokers)).toEqual({ services: [], settings: [] });
    expect(moreBrokers(brokers)).toContain('the others are not touched');
    expect(moreBrokers(brokers)).toContain('\nbundle deploy\n');
  });

  it.each([
    [1, false],
    [2, true],
    [3, true],
    [4, false],
  ])('one less of %i restarts the others: %s', (brokers, said) => {
    expect(moreBrokers(brokers).includes('All others restart for it')).toBe(said);
  });

  it('of one: the notice does not promise that nothing else restarts', () => {
    const { definition, name, answers } = kafka(1);
    const notice = definition.plan(name, answers).notices.find((each) => each.name === 'one-broker');
    expect(notice?.hint).toContain('set brokers to 3: all restart for it');
  });
});
