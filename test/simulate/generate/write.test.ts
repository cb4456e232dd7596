import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type CollectionSpec,
  compileCollections,
} from '../../../engine/simulate/generate/compile-collections.ts';
import { Cursor } from '../../../engine/simulate/generate/cursor.ts';
import { JsonBytes } from '../../../engine/simulate/json-bytes.ts';
import { giveBack } from '../../../engine/simulate/piece-buffers.ts';
import { definitionOf, NOW } from '../support/simulators.ts';

function compiled(specs: Record<string, CollectionSpec>, scale: Record<string, number>) {
  return compileCollections(specs, {
    seed: 3,
    scale,
    nowMs: Date.parse(NOW),
    steps: { from: '-2h', length: '1m' },
    report: (path, message) => {
      throw new Error(`${path.join('.')}: ${message}`);
    },
  });
}

/** Each record of a collection at a step as it is written, and as it is made. */
function bothWays(specs: Record<string, CollectionSpec>, scale: Record<string, number>, epoch: number) {
  const [written, made]: [string[], string[]] = [[], []];
  for (const collection of compiled(specs, scale).values()) {
    const [writing, making] = [new Cursor(collection), new Cursor(collection)];
    for (let index = 0; index < collection.total(epoch); index++) {
      const out = new JsonBytes();
      collection.write(writing.seek(index, epoch), out);
      const piece = out.take();
      written.push(piece.toString());
      giveBack(piece);
      made.push(JSON.stringify(making.seek(index, epoch).record()));
    }
  }
  return { written, made };
}

describe('a record is written as the one that is made', () => {
  it.each(['microsoft-defender', 'okta'])('in each collection of %s, after steps, too', (name) => {
    const { collections, scale } = definitionOf(
      readFileSync(`connectors/${name}/simulator.yaml`, 'utf8'),
      `${name}.yaml`,
    );
    for (const epoch of [0, 3]) {
      const { written, made } = bothWays(collections, { ...scale, machines: 150 }, epoch);
      expect(written).toEqual(made);
    }
  });

  it('where members and items are absent, texts need escapes, and numbers are not small', () => {
    const rare = { absent_rate: 0.5, null_rate: 0.1, empty_rate: 0.1 };
    const fields: CollectionSpec['fields'] = {
      first: { type: 'hex', length: 13, ...rare },
      constant: 'Zoë "quoted" \u0001 日本 😀',
      id: { type: 'index', start: 2_147_483_640 },
      part: { type: 'number', min: -2, max: 2 },
      before: 'what may be absent',
      large: { type: 'integer', min: 0, max: 9_000_000_000_000_000, ...rare },
      text: { type: 'pick', values: ['a"b', '\\', 'ü', '日本', '😀', '', 'plain'] },
      shown: { type: 'pattern', pattern: '"${text}"\\${digits:12}-${index}-${index:7}-${hex:11}' },
      items: {
        type: 'list',
        items: [
          { type: 'copy', of: 'text', ...rare },
          { type: 'uuid', ...rare },
        ],
      },
      many: { type: 'list', of: { type: 'boolean', rate: 0.5, ...rare }, min: 0, max: 3 },
      inner: {
        type: 'object',
        fields: { x: { type: 'uuid', ...rare }, y: { type: 'hex', length: 3, ...rare } },
      },
      keyed: { type: 'object', keys: ['p', 'q'], fields: { q: { type: 'copy', of: 'first' } } },
      turn: { type: 'pick', values: [1, null, ['x']], in_turn: true },
      plain: { type: 'timestamp', from: '-1d', to: '-1h', digits: 7, plain: true },
      place: { type: 'timestamp', from: '-1d', to: '-1h', digits: 3, ascending: true },
    };
    const { written, made } = bothWays({ all: { size: 'things', key: 'id', fields } }, { things: 500 }, 0);
    expect(written).toEqual(made);
  });

  it('where values are taken over from others, which may be of any shape, or not there', () => {
    const rare = { absent_rate: 0.3, null_rate: 0.2, empty_rate: 0.2 };
    const texts: CollectionSpec['fields'] = {
      text: { type: 'pick', values: ['aZ"b', '\\n', 'straße', 'Plain1', '😀', '', null, 12, true], ...rare },
      listed: { type: 'list', of: { type: 'copy', of: 'text', case: 'upper' }, min: 0, max: 2 },
      changing: { type: 'pick', values: ['one', 'Two', ''] },
    };
    const parents: CollectionSpec = {
      size: 'things',
      key: 'id',
      fields: { id: { type: 'uuid', upper_rate: 0.5 }, ...texts },
      changes: { added: 0.05, removed: 0.05, fields: { changing: 0.4 } },
    };
    const ref = (field: string, more = {}) => ({ type: 'ref', field, ...more });
    const otherwise = { type: 'pattern', pattern: '${text}/${listed}/${later}/${HEX:5}${hex:8}${int:3-9}' };
    const children: CollectionSpec = {
      size: 'things',
      key: 'id',
      link: { collection: 'parents', unmatched: 0.3 },
      fields: {
        early: { type: 'match', on: 'later', cases: { '': 'empty', undefined: 'absent', true: 1, ONE: 2 } },
        id: { type: 'hex', length: 9, case: 'upper' },
        later: ref('changing', { case: 'upper', otherwise: { type: 'boolean', rate: 0.5, ...rare } }),
        ...texts,
        upper: ref('text', { case: 'upper', otherwise }),
        lower: ref('text', { case: 'lower', otherwise: { type: 'integer', min: 2, max: 90, step: 3 } }),
        list: ref('listed', { otherwise }),
        plain: ref('id'),
        before: { type: 'sibling', field: 'text', distance: 3 },
        copied: { type: 'copy', of: 'upper', case: 'lower' },
        either: {
          type: 'one_of',
          of: [
            { weight: 1, value: otherwise },
            { weight: 2, value: null },
          ],
        },
      },
    };
    for (const epoch of [0, 4]) {
      const { written, made } = bothWays({ parents, children }, { things: 400 }, epoch);
      expect(written).toEqual(made);
      for (const { early, later } of written.slice(-400).map((text) => JSON.parse(text))) {
        const cases = new Map<string, unknown>([
          ['', 'empty'],
          ['undefined', 'absent'],
          ['true', 1],
          ['ONE', 2],
        ]);
        expect(early).toBe(cases.get(String(later)) ?? null);
      }
    }
  });
});

describe('text under construction', () => {
  it('grows beyond a piece, and goes on after one was taken', () => {
    const out = new JsonBytes();
    const long = 'x'.repeat(300_000);
    out.text(long);
    expect(out.isFull).toBe(true);
    expect(out.take().toString()).toBe(`"${long}"`);
    for (let nth = 0; nth < 300_000; nth++) out.byte(0x30);
    out.value([1]);
    expect(out.take().toString()).toBe(`${'0'.repeat(300_000)}[1]`);
  });
});
