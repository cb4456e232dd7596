import { describe, expect, test } from 'vitest';
import { EngineError, type ErrorKind, type Retry } from '../../engine/errors.ts';
import { ATTEMPTS_MAX, WAIT_MAX_MS } from '../../engine/limits.ts';
import { laneChart } from '../../engine/run/lane-machine.ts';
import { type Act, type Played, play, type Script } from './scripted-lane.ts';

const EFFECTS = [
  'plan',
  'authenticate',
  'fetch',
  'join',
  'lookUp',
  'map',
  'validate',
  'write',
  'checkpoint',
] as const;
const STATES = [
  'planning',
  'authenticating',
  'fetching',
  'joining',
  'looking_up',
  'mapping',
  'validating',
  'writing',
  'checkpointing',
];
const KINDS: ErrorKind[] = [
  'usage',
  'definition',
  'state',
  'credentials',
  'permission',
  'rate_limit',
  'transient',
  'contract',
  'data',
  'destination',
  'interrupted',
  'internal',
];

function fault(kind: ErrorKind, retry: Retry = 'never'): EngineError {
  return new EngineError({ code: `x-${kind}`, kind, message: `it is ${kind}`, retry });
}

const FETCHED: Act[] = [{ type: 'page' }, { type: 'list_read' }, { type: 'page' }, { type: 'scan_finished' }];

const ASKED: Act[] = [{ type: 'asked' }, { type: 'looked_up' }];

/** Everything that can come to pass in a lane, by name. */
const SCENARIOS: Record<string, Script> = {
  'the straight way': {},
  'the budget asks to wait': { fetch: [{ type: 'wait', ms: 5_000, why: 'budget' }, ...FETCHED] },
  'the vendor is away for a moment': { fetch: [fault('transient', 'backoff'), ...FETCHED], waits: [700] },
  'the vendor says when to come again': {
    fetch: [fault('rate_limit', { afterMs: 30_000 }), ...FETCHED],
    waits: [30_400],
  },
  'a question has to wait for the budget': { lookUp: [{ type: 'wait', ms: 7_000, why: 'budget' }, ...ASKED] },
  'a question is not answered at once': { lookUp: [fault('transient', 'backoff'), ...ASKED], waits: [900] },
  'a question needs a new token': { lookUp: [fault('credentials', 'new_token'), ...ASKED] },
  'a question stays without an answer': {
    lookUp: [fault('permission'), ...ASKED],
    without: ['x-permission'],
  },
  'a list cannot be had': {
    fetch: [fault('permission'), ...FETCHED.slice(2)],
    without: ['x-permission'],
    join: [{ type: 'batch', asks: false }],
    write: [{ type: 'written', more: false }],
  },
  'a way in is closed to a list': { authenticate: [fault('permission')], without: ['x-permission'] },
  'attempts begin anew after an answer': {
    lookUp: [
      ...Array(4).fill(fault('transient', 'backoff')),
      { type: 'asked' },
      ...Array(4).fill(fault('transient', 'backoff')),
      ...ASKED,
    ],
  },
  'attempts begin anew with the next batch': {
    join: [{ type: 'stored' }, { type: 'batch', asks: true }, { type: 'batch', asks: true }],
    lookUp: [
      ...Array(4).fill(fault('transient', 'backoff')),
      { type: 'looked_up' },
      ...Array(4).fill(fault('transient', 'backoff')),
      ...ASKED,
    ],
  },
  'attempts begin anew without a list': {
    fetch: [
      ...Array(4).fill(fault('transient', 'backoff')),
      fault('permission'),
      ...Array(4).fill(fault('transient', 'backoff')),
      ...FETCHED,
    ],
    without: ['x-permission'],
  },
  'the token is refused': { fetch: [fault('credentials', 'new_token'), ...FETCHED] },
  'the token endpoint is away for a moment': { authenticate: [fault('transient', 'backoff')], waits: [300] },
  ...Object.fromEntries(
    EFFECTS.flatMap((name): [string, Script][] => [
      [`${name} fails for now`, { [name]: [fault('credentials')] }],
      [`${name} fails for good`, { [name]: [fault('data')] }],
      [`${name} has a bug`, { [name]: [new TypeError('undefined is not a function')] }],
    ]),
  ),
  ...Object.fromEntries(
    STATES.flatMap((state): [string, Script][] => [
      [`stop while ${state}`, { stopIn: [state] }],
      [`stop while ${state} for the second time`, { stopIn: [state, 2] }],
    ]),
  ),
  ...Object.fromEntries(
    STATES.flatMap((state): [string, Script][] => [
      [`the page is dropped while ${state}`, { dropIn: [state] }],
      [`the page is dropped while ${state} for the second time`, { dropIn: [state, 2] }],
    ]),
  ),
  'one slice comes after the other': {
    plan: [{ type: 'planned' }, { type: 'planned' }],
    fetch: [...FETCHED.slice(2), ...FETCHED.slice(2)],
    join: [
      { type: 'batch', asks: false },
      { type: 'batch', asks: false },
    ],
    write: [
      { type: 'written', more: false },
      { type: 'written', more: false },
    ],
    checkpoint: [
      { type: 'committed', finished: false },
      { type: 'committed', finished: false, goesOn: true },
      { type: 'committed', finished: false },
      { type: 'committed', finished: true },
    ],
  },
  'a slice is too long': {
    plan: [{ type: 'planned' }, { type: 'planned' }],
    fetch: [{ type: 'slice_cut' }, ...FETCHED],
  },
  'stop while waiting': {
    fetch: [{ type: 'wait', ms: 3_600_000, why: 'budget' }, ...FETCHED],
    stopIn: ['waiting'],
  },
  'stop while fetching comes to a wait': {
    fetch: [{ type: 'wait', ms: 3_600_000, why: 'budget' }, ...FETCHED],
    stopIn: ['fetching'],
  },
};

const states = ({ path }: Played) => path.map((at) => at.split('@')[0]);
const outline = ({ path, end, problem }: Played) => JSON.stringify({ path, end, problem });

describe('a lane', () => {
  test('goes the straight way', async () => {
    const played = await play({});
    expect(played.end).toBe('done');
    expect(states(played)).toEqual([
      'planning',
      'authenticating',
      'fetching',
      'joining',
      'fetching',
      'authenticating',
      'fetching',
      'joining',
      'looking_up',
      'mapping',
      'validating',
      'writing',
      'joining',
      'mapping',
      'validating',
      'writing',
      'checkpointing',
      'fetching',
      'checkpointing',
      'done',
    ]);
  });

  test('ends in every scenario, in a final state', async () => {
    for (const [name, script] of Object.entries(SCENARIOS)) {
      const { end } = await play(script);
      expect([name, ['done', 'stopped', 'parked', 'failed'].includes(end)]).toEqual([name, true]);
    }
  });
});

describe('the machine is the run: no transition can be taken away unnoticed', async () => {
  const intact = new Map<string, string>();
  for (const [name, script] of Object.entries(SCENARIOS)) intact.set(name, outline(await play(script)));

  test('a copy of the whole chart plays as the chart does', async () => {
    const copy = JSON.parse(JSON.stringify(laneChart));
    for (const [name, script] of Object.entries(SCENARIOS))
      expect(outline(await play(script, copy)), name).toBe(intact.get(name));
  });

  test('all of them are enumerated', () => {
    expect(transitions()).toHaveLength(57);
  });

  test.each(transitions())('%s', async (_, path) => {
    const chart = withoutTransition(path);
    for (const [name, script] of Object.entries(SCENARIOS)) {
      if (outline(await play(script, chart)) !== intact.get(name)) return;
    }
    expect.fail('every scenario runs as before');
  });
});

describe('waiting', () => {
  test('takes exactly what the budget asks', async () => {
    const { path } = await play({ fetch: [{ type: 'wait', ms: 61_234, why: 'budget' }, ...FETCHED] });
    expect(path.slice(2, 6)).toEqual(['fetching@0', 'waiting@0', 'authenticating@61234', 'fetching@61234']);
  });

  test('takes exactly what the back-off gives, each time', async () => {
    const again = fault('transient', 'backoff');
    const { path } = await play({ fetch: [again, again, ...FETCHED], waits: [10, 20_000] });
    expect(path.filter((at) => at.startsWith('fetching')).slice(0, 3)).toEqual([
      'fetching@0',
      'fetching@10',
      'fetching@20010',
    ]);
  });

  test('is for nothing else than the longest wait, and what is longer parks the lane', async () => {
    const asks = (afterMs: number) =>
      play({ fetch: [fault('rate_limit', { afterMs }), ...FETCHED], waits: [afterMs] });
    expect(await asks(WAIT_MAX_MS)).toMatchObject({ end: 'done' });
    expect(await asks(WAIT_MAX_MS + 1)).toMatchObject({
      end: 'parked',
      problem: 'x-rate_limit: it is rate_limit',
    });
  });

  test('goes on with credentials, which may be over by then', async () => {
    const played = await play({ fetch: [fault('transient', 'backoff'), ...FETCHED] });
    expect(states(played).slice(2, 6)).toEqual(['fetching', 'waiting', 'authenticating', 'fetching']);
  });
});

describe('attempts', () => {
  const endless = (error: EngineError) => Array.from({ length: 100 }, () => error);

  test.each<[string, Script, string]>([
    ['a request that fails', { fetch: endless(fault('transient', 'backoff')) }, 'fetch'],
    [
      'a request that is always told to come again',
      { fetch: endless(fault('rate_limit', { afterMs: 1 })) },
      'fetch',
    ],
    ['a token request that fails', { authenticate: endless(fault('transient', 'backoff')) }, 'authenticate'],
    [
      'a token that is refused, whatever its issuer says',
      { fetch: endless(fault('credentials', 'new_token')) },
      'fetch',
    ],
  ])('of %s are bounded, and the lane is parked', async (_, script, effect) => {
    const { end, calls } = await play(script);
    expect(end).toBe('parked');
    expect(calls[effect]).toBe(ATTEMPTS_MAX);
  });

  test('are counted anew for the next page and the next list', async () => {
    const bad = endless(fault('transient', 'backoff')).slice(0, ATTEMPTS_MAX - 1);
    const fetch = FETCHED.flatMap((outcome) => [...bad, outcome]);
    expect(await play({ fetch })).toMatchObject({ end: 'done' });
  });

  test('go on after the budget made them wait', async () => {
    const bad = fault('transient', 'backoff');
    const fetch: Act[] = [bad, bad, bad, { type: 'wait', ms: 1, why: 'budget' }, bad, bad, bad, ...FETCHED];
    expect(await play({ fetch })).toMatchObject({ end: 'parked' });
  });

  test('are made by no effect that changes something', async () => {
    for (const name of ['plan', 'join', 'map', 'validate', 'write', 'checkpoint'] as const) {
      const { calls } = await play({ [name]: [fault('transient', 'backoff')] });
      expect([name, calls[name]]).toEqual([name, 1]);
    }
  });
});

describe('an error', () => {
  const PARKS: ErrorKind[] = ['credentials', 'permission', 'rate_limit', 'transient', 'contract'];

  test.each(KINDS)('of kind %s ends the lane as documented, wherever it comes up', async (kind) => {
    for (const name of EFFECTS) {
      const { end, problem } = await play({ [name]: [fault(kind)] });
      expect([name, end]).toEqual([name, PARKS.includes(kind) ? 'parked' : 'failed']);
      expect(problem).toBe(`x-${kind}: it is ${kind}`);
    }
  });

  test('that is none of ours is a bug, with its stack', async () => {
    const { end, problem } = await play({ map: [new TypeError('x is undefined')] });
    expect(end).toBe('failed');
    expect(problem).toMatch(/^internal: TypeError: x is undefined\n +at /);
  });

  test('of a token request that asks for a new token does not go round in circles', async () => {
    expect(await play({ authenticate: [fault('credentials', 'new_token')] })).toMatchObject({
      end: 'parked',
    });
  });
});

describe('a stop', () => {
  test.each<[string, number, string[]]>([
    ['planning', 1, ['authenticating', 'fetching', 'joining', 'stopped']],
    ['authenticating', 1, ['fetching', 'joining', 'stopped']],
    ['fetching', 1, ['joining', 'stopped']],
    ['joining', 1, ['stopped']],
    [
      'authenticating',
      2,
      [
        'fetching',
        'joining',
        'looking_up',
        'mapping',
        'validating',
        'writing',
        'joining',
        'mapping',
        'validating',
        'writing',
        'checkpointing',
        'stopped',
      ],
    ],
    [
      'mapping',
      1,
      ['validating', 'writing', 'joining', 'mapping', 'validating', 'writing', 'checkpointing', 'stopped'],
    ],
    ['writing', 2, ['checkpointing', 'stopped']],
    ['checkpointing', 1, ['stopped']],
  ])('while %s (%i) lets the page in hand be finished', async (state, nth, rest) => {
    const played = await play({ stopIn: [state, nth] });
    expect(states(played).slice(-rest.length)).toEqual(rest);
    expect(played.end).toBe('stopped');
  });

  test('ends a wait at once', async () => {
    const { path } = await play({
      fetch: [{ type: 'wait', ms: 3_600_000, why: 'budget' }, ...FETCHED],
      stopIn: ['waiting'],
    });
    expect(path.at(-1)).toBe('stopped@1800000');
  });

  test('does not begin a wait', async () => {
    for (const first of [
      { type: 'wait', ms: 3_600_000, why: 'budget' } as const,
      fault('transient', 'backoff'),
    ]) {
      const { path } = await play({ fetch: [first, ...FETCHED], stopIn: ['fetching'] });
      expect(path.at(-1)).toBe('stopped@0');
    }
  });

  test('of a scan that has just come to its end leaves it done', async () => {
    expect(await play({ stopIn: ['checkpointing', 2] })).toMatchObject({ end: 'done' });
  });

  test('does not hide an error', async () => {
    expect(await play({ stopIn: ['writing'], write: [fault('destination')] })).toMatchObject({
      end: 'failed',
    });
  });
});

test('no token, body or record enters the context', async () => {
  const carried = { token: 'canary-token', body: 'canary-body', record: { id: 'canary-record' } };
  const cause = Object.assign(new Error('canary-cause'), carried);
  const fails = new EngineError({ code: 'x', kind: 'transient', message: 'away', retry: 'backoff', cause });
  const ends = new EngineError({ code: 'y', kind: 'data', message: 'bad', fix: 'mend it', cause });
  const script: Script = {
    fetch: [Object.assign(fails, carried), ...FETCHED.map((outcome) => ({ ...outcome, ...carried }) as Act)],
    checkpoint: [Object.assign(ends, carried)],
  };
  const { contexts, end } = await play(script);
  expect(end).toBe('failed');
  expect(JSON.stringify(contexts)).not.toContain('canary');
  expect(contexts.at(-1)?.problem).toEqual({ code: 'y', kind: 'data', message: 'bad', fix: 'mend it' });
  for (const context of contexts)
    expect(Object.keys(context).sort()).toEqual([
      'attempts',
      'isDropping',
      'isStopping',
      'problem',
      'waitMs',
      'waitingFor',
    ]);
});

/** Where each transition stands in the chart: state, trigger, and its place among those of the same trigger. */
function transitions(): [name: string, path: (string | number)[]][] {
  const found: [string, (string | number)[]][] = [];
  const add = (path: (string | number)[], value: unknown) => {
    const list = Array.isArray(value) ? value : [value];
    for (const [index, one] of list.entries()) {
      const { guard, target } = one as { guard?: string | { params: { to: string } }; target?: string };
      const when = typeof guard === 'object' ? guard.params.to : guard;
      found.push([
        `${path.filter((step) => step !== 'states' && step !== 'invoke').join(' ')} ${when ?? ''} -> ${target ?? 'stays'}`,
        Array.isArray(value) ? [...path, index] : path,
      ]);
    }
  };
  for (const [event, value] of Object.entries(laneChart.on ?? {})) add(['on', event], value);
  for (const [name, state] of Object.entries(laneChart.states ?? {})) {
    const { invoke, always, after, on } = state as Record<string, Record<string, unknown> | undefined>;
    for (const key of ['onDone', 'onError'])
      if (invoke?.[key]) add(['states', name, 'invoke', key], invoke[key]);
    if (always) add(['states', name, 'always'], always);
    for (const [delay, value] of Object.entries(after ?? {})) add(['states', name, 'after', delay], value);
    for (const [event, value] of Object.entries(on ?? {})) add(['states', name, 'on', event], value);
  }
  return found;
}

/** A copy of the chart without one transition. Not `structuredClone`: it keeps what states share shared. */
function withoutTransition(path: readonly (string | number)[]): typeof laneChart {
  const chart = JSON.parse(JSON.stringify(laneChart));
  const parent = path.slice(0, -1).reduce((node, step) => node[step], chart);
  const last = path.at(-1) as string | number;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete parent[last];
  return chart;
}
