/** `list`: either the given `items`, one generator each, or `min` to `max` values of one generator `of`; absent ones are left out. */
import type { JsonBytes } from '../json-bytes.ts';
import { drawInteger, type GeneratorKind, type GeneratorSpec, type Maker, type Write } from './kind.ts';
import { mix, saltAt } from './random.ts';
import { writeOf } from './write-code.ts';

interface ListSpec {
  items?: GeneratorSpec[];
  of?: GeneratorSpec;
  min?: number;
  max?: number;
}

export const list: GeneratorKind<ListSpec> = {
  properties: {
    items: { type: 'array', items: { $ref: '#/$defs/generator' } },
    of: { $ref: '#/$defs/generator' },
    min: { type: 'integer', minimum: 0 },
    max: { type: 'integer', minimum: 0, maximum: 1000 },
  },
  required: [],
  compile: (spec, scope) => {
    if ((spec.items === undefined) === (spec.of === undefined)) {
      scope.report(scope.path, '`list` has both or neither of `items` and `of`, expected one of them');
    }
    if (spec.of === undefined) {
      return fixed((spec.items ?? []).map((item, at) => scope.compile(item, 'items', at)));
    }
    const { min = 0, max = 3 } = spec;
    return drawn(scope.compile(spec.of, 'of'), { min, max, salt: scope.salt });
  },
};

function drawn(generator: Maker, { min, max, salt }: { min: number; max: number; salt: number }): Maker {
  const { make } = generator;
  const write = itemWriter(generator);
  return {
    make: (at) => {
      const count = drawInteger(at, salt, min, max);
      const { base } = at;
      const made: unknown[] = [];
      for (let item = 1; item <= count; item++) {
        at.base = mix(base ^ saltAt(salt, item));
        const value = make(at);
        if (value !== undefined) made.push(value);
      }
      at.base = base;
      return made;
    },
    write: (at, out) => {
      const count = drawInteger(at, salt, min, max);
      const start = out.at;
      const { base } = at;
      for (let item = 1; item <= count; item++) {
        at.base = mix(base ^ saltAt(salt, item));
        write(at, out);
      }
      at.base = base;
      enclose(out, start);
    },
  };
}

function fixed(generators: readonly Maker[]): Maker {
  const writes = generators.map(itemWriter);
  return {
    make: (at) => generators.map(({ make }) => make(at)).filter((value) => value !== undefined),
    write: (at, out) => {
      const start = out.at;
      for (let item = 0; item < writes.length; item++) (writes[item] as Write)(at, out);
      enclose(out, start);
    },
  };
}

const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;

/** Writes a comma and the item, or nothing. */
function itemWriter(generator: Maker): Write {
  const write = writeOf(generator);
  return (at, out) => {
    const start = out.at;
    out.byte(COMMA);
    write(at, out);
    if (out.at === start + 1) out.at = start;
  };
}

/** Makes a list of the items since a place: the first one's comma becomes its bracket. */
function enclose(out: JsonBytes, start: number): void {
  if (out.at === start) out.byte(OPEN);
  else out.replace(start, OPEN);
  out.byte(CLOSE);
}
