import { describe, expect, test } from 'vitest';
import { CHECKED, check } from './checker.ts';
import type { Delivered, Expected, History, Image, Lane } from './history.ts';

const lane: Lane = {
  stream: 'findings',
  end: 'done',
  records: 2,
  events: 2,
  unchanged: 0,
  filtered: 0,
  dead: 0,
  removed: 0,
  damage: [],
};

function delivered(ref: string, rest: Partial<Delivered> = {}): Delivered {
  const uid = rest.uid ?? `uid of ${ref} ${rest.rev ?? '1'}`;
  return {
    tenant: 'north',
    stream: 'findings',
    ref,
    id: ref,
    rev: '1',
    change: 'create',
    body: 'text',
    uid,
    line: `{"uid":"${uid}"}`,
    file: 'a.ndjson',
    ...rest,
  };
}

function expected(ref: string, rest: Partial<Expected> = {}): Expected {
  return {
    tenant: 'north',
    stream: 'findings',
    ref,
    versions: { '1': { body: 'text', id: ref }, '2': { body: 'text', id: ref } },
    last: '1',
    isTooLate: false,
    wasRemoved: false,
    tellsRemoval: true,
    wasMissedTwice: false,
    ...rest,
  };
}

const image: Image = {
  process: 1,
  tenant: 'north',
  stream: 'findings',
  watermark: 5n,
  events: 2,
  dead: 0,
  records: 2,
  unchanged: 0,
  filtered: 0,
  linesFound: 2,
  deadFound: 0,
  isAfterDamage: false,
};

/** Two records, delivered once each. */
function good(change: Partial<History> = {}): History {
  return {
    delivered: [delivered('a'), delivered('b')],
    dead: [],
    expected: [expected('a'), expected('b')],
    runs: [{ process: 1, tenant: 'north', isQuiet: true, lanes: [lane] }],
    images: [image],
    damage: 'none',
    torn: [],
    unsealed: [],
    calls: [],
    holds: [],
    limits: [{ calls: 2, perMs: 1000 }],
    wrongs: [],
    lastRunEvents: 0,
    ...change,
  };
}

const call = (at: number, process = 1) => ({ at, tenant: 'north', process, era: '' });
const dead = {
  tenant: 'north',
  stream: 'findings',
  ref: 'b',
  rev: '1',
  code: 'c',
  message: 'm',
  stage: 'map',
};

const invariants = (history: History) => [...new Set(check(history).map(({ invariant }) => invariant))];

test('a history in which all went well breaks nothing', () => {
  expect(check(good())).toEqual([]);
});

const BAD: [string, string, Partial<History>][] = [
  ['a record that never came', 'I1', { delivered: [delivered('a')] }],
  [
    'a record that came in an old version only',
    'I1',
    { expected: [expected('a', { last: '2' }), expected('b')] },
  ],
  [
    'an old version after the last one',
    'I1',
    {
      delivered: [delivered('a', { rev: '2' }), delivered('a'), delivered('b')],
      expected: [expected('a', { last: '2' }), expected('b')],
    },
  ],
  ['a record with the wrong match', 'I1', { expected: [expected('a', { side: '7' }), expected('b')] }],
  [
    'a poisoned record without a dead letter',
    'I1',
    { expected: [expected('a'), expected('b', { poison: 'map' })] },
  ],
  [
    'a record that is there and was told gone',
    'I1',
    { delivered: [delivered('a'), delivered('b'), delivered('b', { change: 'remove', uid: 'x' })] },
  ],
  [
    'a record that is gone and nobody was told',
    'I1',
    { expected: [expected('a'), { ...gone(expected('b')), wasRemoved: true }] },
  ],
  ['an event twice', 'I2', { delivered: [delivered('a'), delivered('b'), delivered('b')] }],
  [
    'a content under two uids',
    'I2',
    { delivered: [delivered('a'), delivered('b'), delivered('b', { uid: 'x' })] },
  ],
  ['a torn line', 'I2', { torn: ['{"a":'] }],
  ['a part that was never sealed', 'I2', { unsealed: ['a.ndjson.open'] }],
  [
    'records of a run that are nowhere',
    'I3',
    { runs: [{ process: 1, tenant: 'north', isQuiet: true, lanes: [{ ...lane, records: 3 }] }] },
  ],
  ['records of a checkpoint that are nowhere', 'I3', { images: [{ ...image, records: 3 }] }],
  ['events that are committed and not in the files', 'I4', { images: [{ ...image, linesFound: 1 }] }],
  [
    'dead letters that are committed and not in the files',
    'I4',
    { images: [{ ...image, dead: 1, records: 3 }] },
  ],
  ['a watermark that goes back', 'I5', { images: [image, { ...image, watermark: 4n }] }],
  [
    'one uid for two records',
    'I6',
    { delivered: [delivered('a', { uid: 'x' }), delivered('b', { uid: 'x' })] },
  ],
  [
    'a version that was never shown',
    'I6',
    { delivered: [delivered('a', { rev: '9' }), delivered('a'), delivered('b')] },
  ],
  [
    'the record of another tenant',
    'I6',
    { delivered: [delivered('a'), delivered('b'), delivered('b', { tenant: 'south', uid: 'x' })] },
  ],
  [
    'a body that was changed on the way',
    'I6',
    { delivered: [delivered('a', { body: 't?xt' }), delivered('b')] },
  ],
  ['an id that lost digits', 'I6', { delivered: [delivered('a', { id: 'A' }), delivered('b')] }],
  [
    'one uid with two contents',
    'I7',
    { damage: 'repeats', delivered: [delivered('a'), delivered('b'), delivered('b', { line: '{}' })] },
  ],
  ['calls beyond the window', 'I9', { calls: [call(0), call(500), call(999)] }],
  ['calls beyond the window, of two processes', 'I9', { calls: [call(0), call(500, 2), call(999)] }],
  [
    'a call inside of Retry-After',
    'I10',
    {
      calls: [call(0), call(1500, 2)],
      holds: [{ from: 100, until: 2000, tenant: 'north', process: 1, era: '' }],
    },
  ],
  ['a schedule that comes to no end', 'I14', { stuck: 'the run goes on' }],
  [
    'a lane that is parked for ever',
    'I14',
    { runs: [{ process: 1, tenant: 'north', isQuiet: true, lanes: [{ ...lane, end: 'parked' }] }] },
  ],
  [
    'a run that is refused for ever',
    'I14',
    { runs: [{ process: 1, tenant: 'north', isQuiet: true, lanes: [], error: 'state-locked' }] },
  ],
  ['something new when nothing changes any more', 'I14', { lastRunEvents: 1 }],
  ['a dead letter without a reason', 'I17', { dead: [{ ...dead, message: '' }] }],
  ['a token of another tenant', 'I20', { wrongs: [{ invariant: 'I20', what: 'a token of south' }] }],
];

describe('the checker flags', () => {
  test.each(BAD)('%s (%s)', (_, invariant, change) => {
    expect(invariants(good(change))).toContain(invariant);
  });

  test('each invariant that it says it checks, but for those that the vendor and the disk see themselves', () => {
    const seen = new Set(BAD.map(([, invariant]) => invariant));
    const elsewhere = ['I8', 'I11', 'I12', 'I16'];
    expect(Object.keys(CHECKED).filter((name) => !seen.has(name) && !elsewhere.includes(name))).toEqual([]);
  });
});

describe('the checker does not flag', () => {
  const GOOD: [string, Partial<History>][] = [
    [
      'a record later than the vendor declares',
      { delivered: [delivered('a')], expected: [expected('a'), expected('b', { isTooLate: true })] },
    ],
    [
      'a poisoned record with its dead letter',
      {
        dead: [dead],
        delivered: [delivered('a')],
        expected: [expected('a'), expected('b', { poison: 'map' })],
      },
    ],
    [
      'the same event again after damage',
      { damage: 'repeats', delivered: [delivered('a'), delivered('b'), delivered('b')] },
    ],
    [
      'a watermark that is back after damage',
      { images: [image, { ...image, watermark: 4n, isAfterDamage: true }] },
    ],
    ['calls in windows that follow each other', { calls: [call(0), call(500), call(1000)] }],
  ];

  test.each(GOOD)('%s', (_, change) => {
    expect(check(good(change))).toEqual([]);
  });
});

function gone({ last: _, ...rest }: Expected): Expected {
  return rest;
}
