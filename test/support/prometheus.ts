/**
 * Reads the text exposition format 0.0.4 as strictly as its description has it
 * (prometheus.io/docs/instrumenting/exposition_formats), and as node-exporter's textfile collector does: no times, one
 * TYPE for a metric before its samples, metrics not mixed, no sample twice.
 */
export interface Sample {
  metric: string;
  labels: Record<string, string>;
  value: number;
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,|$)/y;
const NUMBER = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?Inf|NaN)$/i;

/** @throws Error that quotes the line which is not of the format */
export function parsePrometheus(text: string): Sample[] {
  if (text === '' || !text.endsWith('\n')) throw new Error('the last line does not end');
  const samples: Sample[] = [];
  const seen = new Set<string>();
  const typed = new Map<string, string>();
  let current: string | undefined;
  for (const line of text.slice(0, -1).split('\n')) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    const meta = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (meta !== null) {
      const [, word, name = '', rest = ''] = meta;
      if (!NAME.test(name)) fail('no metric name');
      if (samples.some(({ metric }) => metric === name)) fail('after its samples');
      if (word === 'TYPE') {
        if (typed.has(name)) fail('a second type');
        if (!['counter', 'gauge', 'histogram', 'summary', 'untyped'].includes(rest)) fail('no type');
        typed.set(name, rest);
        current = name;
      }
      continue;
    }
    const [, metric = '', inner, value = ''] = /^([^{\s]+)(?:\{(.*)\})? (\S+)$/s.exec(line) ?? fail('no sample');
    if (!NAME.test(metric) || metric !== current) fail('a sample out of its place');
    if (!NUMBER.test(value)) fail('no number');
    const labels = labelsOf(inner ?? '', fail);
    const key = `${metric} ${JSON.stringify(Object.entries(labels).sort())}`;
    if (seen.has(key)) fail('twice');
    seen.add(key);
    samples.push({ metric, labels, value: Number(value) });
  }
  return samples;
}

function labelsOf(text: string, fail: (why: string) => never): Record<string, string> {
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  let end = 0;
  while (end < text.length) {
    const [, name = '', value = ''] = LABEL.exec(text) ?? fail('no label');
    if (name in labels || name.startsWith('__')) fail('no label name');
    labels[name] = value.replace(/\\(.)/gs, (_whole, character: string) => (character === 'n' ? '\n' : character));
    end = LABEL.lastIndex;
  }
  return labels;
}
